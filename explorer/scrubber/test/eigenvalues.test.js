import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eigenvalues } from '../src/numeric/eigenvalues.js';
import { mismatch, numbersOf } from './helpers.js';

function solve(matrix, n) {
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  assert.ok(eigenvalues(Float64Array.from(matrix), n, re, im));
  return Array.from(re, (v, i) => [v, im[i]]);
}

for (const { n, matrix, eigenvalues: expected } of numbersOf('matrices')) {
  test(`agrees with LAPACK on a ${n} x ${n} matrix`, () => {
    const size = Math.max(...expected.map(([re, im]) => Math.hypot(re, im)));
    assert.ok(mismatch(solve(matrix, n), expected) < 1e-10 * Math.max(1, size));
  });
}

test('closed forms: rotation, nilpotent, companion of x^3 - 1, zero', () => {
  assert.ok(mismatch(solve([0, -2, 2, 0], 2), [[0, 2], [0, -2]]) < 1e-14);
  assert.ok(mismatch(solve([0, 1, 0, 0, 0, 1, 0, 0, 0], 3), [[0, 0], [0, 0], [0, 0]]) < 1e-5);
  const s = Math.sqrt(3) / 2;
  assert.ok(mismatch(solve([0, 0, 1, 1, 0, 0, 0, 1, 0], 3), [[1, 0], [-0.5, s], [-0.5, -s]]) < 1e-14);
  assert.deepEqual(solve(new Array(16).fill(0), 4), new Array(4).fill([0, 0]));
});

test('conjugate pairs stand together, the positive imaginary part first', () => {
  const found = solve([1, -3, 0, 3, 1, 0, 0, 0, 5], 3);
  const at = found.findIndex(([, im]) => im > 0);
  assert.deepEqual(found[at + 1], [found[at][0], -found[at][1]]);
});

test('numbers that are not finite are reported, not looped over', () => {
  assert.equal(eigenvalues(Float64Array.of(NaN, 1, 1, 1), 2, new Float64Array(2), new Float64Array(2)), false);
});
