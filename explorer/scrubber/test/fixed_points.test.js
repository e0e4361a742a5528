import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Engine } from '../src/numeric/engine.js';
import { Follower, Newton } from '../src/numeric/fixed_points.js';
import { solve } from '../src/numeric/solve.js';
import { readModel } from '../src/packed.js';
import { bytesOf, close, mismatch } from './helpers.js';

const A = 0.1;

/** Rank 1, all units alike: k = overlap tanh(k + bias). */
function pitchfork(overlap, bias = 0, M = 8) {
  const weights = new Float64Array(3 * M);
  weights.fill(1, 0, M);
  weights.fill(overlap / M, M, 2 * M);
  weights.fill(bias, 2 * M);
  return weights;
}

const follower = (R = 1, M = 8) => new Follower({ M, R, bias: true, dtOverTau: A }, { rows: 1, columns: M, weight: new Float32Array(M).fill(1 / M), bias: new Float32Array(1) });

test('linear systems: a random one, one that needs pivoting, a singular one', () => {
  const a = Float64Array.of(0, 2, 1, 3, -1, 0.5, 1, 4, -2);
  const x = [0.5, -2, 3];
  const b = Float64Array.from([0, 1, 2], (i) => a[3 * i] * x[0] + a[3 * i + 1] * x[1] + a[3 * i + 2] * x[2]);
  assert.ok(solve(Float64Array.from(a), b, 3));
  close(b, x, 1e-14);
  assert.equal(solve(Float64Array.of(1, 2, 2, 4), Float64Array.of(1, 1), 2), false);
});

test('a rank-one network keeps its three points down to an overlap of 1 + 1e-4, where they are at the closed form of the pitchfork', () => {
  const follow = follower();
  const saturated = 3 * Math.tanh(2.98); // near enough to k = 3 tanh k
  let points = [0, saturated, -saturated].map((k, id) => ({ id, k: [k], kind: 'stable' }));
  for (let overlap = 3; overlap > 1.0001; overlap = 1 + (overlap - 1) * 0.9) {
    points = follow.follow(points, pitchfork(overlap));
    assert.equal(points.length, 3, `overlap ${overlap}`);
    for (const { k, residual } of points) assert.ok(Math.abs(overlap * Math.tanh(k[0]) - k[0]) < 1e-13 && residual < 1e-13);
    assert.deepEqual(points.map(({ kind }) => kind), ['unstable', 'stable', 'stable']);
    close(points[0].re, [1 - A + A * overlap], 1e-12);
    close(points[1].re, [1 - A + A * overlap * (1 - Math.tanh(points[1].k[0]) ** 2)], 1e-12);
  }
  points = follow.follow(points, pitchfork(1.0001));
  close(points[1].k, [Math.sqrt(3 * 1e-4)], 2e-6, 'k of the pitchfork at overlap 1 + e is sqrt(3 e)');
  close(points.map(({ scores }) => scores[0]), points.map(({ k }) => k[0]), 1e-8, 'the mean of the states is k');
});

test('below the pitchfork the three points are one, and it is drawn once', () => {
  const points = follower().follow([0, 0.1, -0.1].map((k, id) => ({ id, k: [k], kind: 'stable' })), pitchfork(0.8));
  assert.equal(points.length, 1);
  assert.equal(points[0].kind, 'stable');
  close(points[0].k, [0], 1e-12);
});

test('a point that ends in a fold is left out, and a slow one is not followed', () => {
  const follow = follower();
  // k = 2 tanh z with z = k + b: the lower point and the middle one meet where 2 (1 - tanh^2 z) = 1.
  const z = Math.acosh(Math.sqrt(2));
  const fold = 2 * Math.tanh(z) - z;
  let points = [{ id: 0, k: [-2 * Math.tanh(2)], kind: 'stable' }];
  points = follow.follow(points, pitchfork(2, fold - 1e-3));
  assert.equal(points.length, 1);
  assert.ok(points[0].k[0] < 0);
  points = follow.follow(points, pitchfork(2, fold + 1e-3));
  assert.ok(points.every(({ k }) => k[0] > 0), 'no point is left on the side that has none');
  assert.deepEqual(follow.follow([{ id: 0, k: [0], kind: 'slow' }], pitchfork(2)), []);
});

test('the time of a frame bounds how many points are followed', () => {
  const follow = follower();
  follow.most = 2;
  assert.equal(follow.follow([0, 1.9, -1.9].map((k, id) => ({ id, k: [k], kind: 'stable' })), pitchfork(2)).length, 2);
});

for (const name of ['plain', 'latent', 'bare']) {
  test(`${name}: a point found from the origin is one, and its eigenvalues are those of the full Jacobian there`, () => {
    const model = readModel(bytesOf(name));
    const { M, R, dtOverTau: a } = model;
    const engine = new Engine(model);
    engine.compute(Float64Array.from(model.contexts.subarray(0, model.D)), 0);
    const weights = engine.hypernetwork.outputs.at(-1);
    const [point] = new Follower(model, engine.scoreMap).follow([{ id: 0, k: new Float64Array(R), kind: 'stable' }], weights);
    const newton = new Newton(model);
    newton.evaluate(weights, point.k);
    const x = newton.state;
    const rate = Float64Array.from(x, Math.tanh);
    for (let m = 0; m < M; m++) {
      let drive = model.bias ? weights[2 * R * M + m] : 0;
      for (let r = 0; r < R; r++) for (let n = 0; n < M; n++) drive += weights[r * M + m] * weights[(R + r) * M + n] * rate[n];
      assert.ok(Math.abs(drive - x[m]) < 1e-12, 'F is zero in every unit');
    }
    const trace = (1 - a) * M + a * Array.from({ length: R }, (_, r) => x.reduce((sum, _, m) => sum + weights[r * M + m] * weights[(R + r) * M + m] * (1 - rate[m] ** 2), 0)).reduce((sum, v) => sum + v, 0);
    close(point.re.reduce((sum, v) => sum + v, 0) + (M - R) * (1 - a), trace, 1e-12, 'trace');
    engine.spectrum.compute(weights, x);
    assert.ok(mismatch(point.re.map((re, i) => [re, point.im[i]]), Array.from(engine.spectrum.re, (re, i) => [re, engine.spectrum.im[i]])) < 1e-12);
  });
}
