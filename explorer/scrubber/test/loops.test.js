/** The loops written by hand against the same sums written plainly. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { affine } from '../src/numeric/hypernetwork.js';
import { rollout } from '../src/numeric/rollout.js';
import { tanh } from '../src/numeric/tanh.js';

const some = (n, seed) => Float64Array.from({ length: n }, (_, i) => Math.sin(12.9898 * (i + 1) + seed) * 1.3);

test('affine takes any number of rows and columns, and reads and writes at a place', () => {
  for (const [rows, columns] of [[1, 1], [3, 2], [4, 1], [5, 7], [8, 8], [11, 6]]) {
    const weight = Float32Array.from(some(rows * columns, 1)), bias = Float32Array.from(some(rows, 2)), input = some(columns + 5, 3);
    const output = new Float64Array(rows + 4).fill(7);
    affine({ rows, columns, weight, bias }, input, output, 3, 2);
    for (let row = 0; row < rows; row++) {
      let sum = bias[row];
      for (let k = 0; k < columns; k++) sum += weight[row * columns + k] * input[3 + k];
      assert.ok(Math.abs(output[2 + row] - sum) < 1e-14, `${rows} x ${columns}, row ${row}`);
    }
    assert.deepEqual([output[0], output[1], output[rows + 2], output[rows + 3]], [7, 7, 7, 7]);
  }
});

test('tanh is that of the language to 4e-16, from nought to beyond the range of the exponential', () => {
  assert.equal(tanh(0), 0);
  assert.equal(tanh(1000), 1);
  assert.equal(tanh(-1000), -1);
  for (let x = -20; x <= 20; x += 0.0137) assert.ok(Math.abs(tanh(x) - Math.tanh(x)) <= 4e-16, String(x));
  assert.ok(Number.isNaN(tanh(NaN)));
});

test('the rollout is the recurrence for every rank, whatever is left after threes', () => {
  for (const R of [1, 2, 3, 4, 5, 6, 7]) {
    const [M, steps, a] = [5, 6, 0.2];
    const weights = some(2 * R * M + M, R);
    const states = new Float64Array(steps * M);
    states.set(some(M, 9));
    const wanted = Array.from(states.subarray(0, M));
    rollout(states, weights, { M, R, steps, dtOverTau: a, bias: true }, new Float64Array(M));
    for (let step = 1; step < steps; step++) {
      const rate = wanted.slice(-M).map(Math.tanh), before = wanted.slice(-M);
      for (let m = 0; m < M; m++) {
        let drive = weights[2 * R * M + m];
        for (let r = 0; r < R; r++) drive += weights[r * M + m] * rate.reduce((sum, x, i) => sum + weights[R * M + r * M + i] * x, 0);
        wanted.push((1 - a) * before[m] + a * drive);
      }
    }
    states.forEach((x, i) => assert.ok(Math.abs(x - wanted[i]) < 1e-12 * Math.max(1, Math.abs(wanted[i])), `rank ${R}, value ${i}`));
  }
});
