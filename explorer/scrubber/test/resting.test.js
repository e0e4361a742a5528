import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Engine } from '../src/numeric/engine.js';
import { Newton } from '../src/numeric/fixed_points.js';
import { readDiagram, readFixedPoints, tellPins } from '../src/messages.js';
import { readModel } from '../src/packed.js';
import { Resting } from '../src/resting.js';
import { placer, rangeOf, runs } from '../src/view/diagram.js';
import { bytesOf, close } from './helpers.js';

const model = readModel(bytesOf('plain'));
const engine = new Engine(model);
const contextOf = (trial, by = 0) => Float64Array.from(model.contexts.subarray(trial * model.D, (trial + 1) * model.D), (v) => v + by);
const wordOf = (context) => JSON.stringify(Array.from(context));

function weightsAt(context) {
  engine.compute(context, 0);
  return engine.weights;
}

/** What Python would send of one context: the point reached from the origin. */
function fixedAt(context) {
  const newton = new Newton(model);
  const k = new Float64Array(model.R);
  assert.ok(newton.converge(weightsAt(context), k));
  const point = { k: Array.from(k), scores: [1, 2, 3], kind: 'stable', residual: 1e-16, speed: 1e-16, unstable: 0, unstable_continuous: 0, eigenvalues: [[0.9, 0.1], [0.9, -0.1]] };
  return { points: [point], count: 1, completeness: 'proved', sentence: '1 fixed point, proved complete', short: 'proved complete', details: 'boxes' };
}

function answer(resting, context, more = {}) {
  return { model: resting.token, context: Array.from(context), pins: [0, 1], fixed: fixedAt(context), pending: [], problems: {}, ...more };
}

function fresh() {
  const resting = new Resting();
  resting.load(model, engine);
  return resting;
}

/** A branch of the pitchfork k = g tanh k in closed form: the overlap g as a function of k. */
function pitchforkDiagram() {
  const ks = Array.from({ length: 41 }, (_, i) => -1.5 + (3 * i) / 40).filter((k) => Math.abs(k) > 1e-9);
  const overlap = (k) => k / Math.tanh(k);
  const part = (g) => (g - 0.8) / 1.0;
  const middle = Array.from({ length: 11 }, (_, i) => i / 10);
  return {
    branches: [
      { at: middle, y: middle.map(() => 0), stable: middle.map((at) => (at < 0.2 ? 1 : 0)) },
      { at: ks.map((k) => part(overlap(k))), y: ks, stable: ks.map(() => 1) },
    ],
    bifurcations: [{ kind: 'pitchfork', of: 'flow', at: 0.2, y: 0, frequency: null }],
    cycles: [], sentence: 'complete',
  };
}

test('Python\u2019s points are drawn as they came, at the place they are of, and followed elsewhere without their claim', () => {
  const resting = fresh();
  const here = contextOf(0);
  resting.receive(answer(resting, here));
  resting.update(wordOf(here), weightsAt(here));
  assert.ok(resting.exact);
  assert.deepEqual(resting.points[0].scores, [1, 2, 3]);
  assert.deepEqual(resting.say(true).slice(0, 3), ['1 fixed point, proved complete', 'boxes', '1']);
  const near = contextOf(0, 1e-3);
  resting.update(wordOf(near), weightsAt(near));
  assert.ok(!resting.exact);
  assert.equal(resting.points.length, 1);
  assert.ok(resting.points[0].residual < 1e-13 && resting.points[0].re.length === model.R);
  assert.match(resting.say(false)[0], /followed/);
  resting.update(wordOf(here), weightsAt(here));
  assert.ok(resting.exact, 'a return to the place needs no second answer');
});

test('an answer for another model is ignored, one for another place is not drawn here', () => {
  const resting = fresh();
  const [here, there] = [contextOf(0), contextOf(5)];
  resting.receive({ ...answer(resting, here), model: 'other' });
  resting.update(wordOf(here), weightsAt(here));
  assert.deepEqual(resting.points, []);
  resting.receive(answer(resting, there));
  resting.update(wordOf(here), weightsAt(here));
  assert.deepEqual(resting.points, []);
  assert.equal(resting.say(true)[0], '');
});

test('while the answer is pending the panel says so, and what went wrong is named', () => {
  const resting = fresh();
  resting.receive(answer(resting, contextOf(0), { fixed: null, pending: ['fixed'] }));
  assert.equal(resting.say(true)[0], 'looking for fixed points');
  assert.equal(resting.say(false)[0], '');
  resting.receive(answer(resting, contextOf(0), { fixed: null, problems: { fixed: 'too large' } }));
  assert.deepEqual(resting.say(true).slice(0, 2), ['no fixed points computed', 'too large']);
});

test('the chosen point stays chosen while it is followed and when Python finds it again', () => {
  const resting = fresh();
  const [here, near] = [contextOf(0), contextOf(0, 1e-3)];
  resting.receive(answer(resting, here));
  resting.update(wordOf(here), weightsAt(here));
  resting.chooseNext();
  resting.update(wordOf(near), weightsAt(near));
  assert.equal(resting.point, resting.points[0]);
  const { k } = resting.point;
  const message = answer(resting, near);
  message.fixed.points.unshift({ ...message.fixed.points[0], k: message.fixed.points[0].k.map((v) => v + 1) });
  resting.receive(message);
  resting.update(wordOf(near), weightsAt(near));
  close(resting.point.k, Array.from(k), 1e-9);
});

test('what is not of the agreed form is not drawn', () => {
  const good = fixedAt(contextOf(0));
  assert.ok(readFixedPoints(good, model.R));
  for (const change of [{ k: [1] }, { k: [NaN, 0] }, { scores: 'x' }, { kind: '<img>' }, { eigenvalues: [[1]] }]) {
    assert.equal(readFixedPoints({ ...good, points: [{ ...good.points[0], ...change }] }, model.R), null, JSON.stringify(change));
  }
  for (const bad of [null, 3, {}, { points: [null] }]) assert.equal(readFixedPoints(bad, model.R), null);
  const diagram = pitchforkDiagram();
  assert.ok(readDiagram(diagram));
  for (const bad of [null, {}, { ...diagram, cycles: null }, { ...diagram, branches: [{ at: [0], y: [], stable: [1] }] }, { ...diagram, bifurcations: [{ kind: 'x', at: 0, y: 0 }] }]) {
    assert.equal(readDiagram(bad), null);
  }
});

test('pins are told by trial where they are one, else to the last bit', () => {
  const pin = contextOf(3, 0.1);
  const told = tellPins([contextOf(3), pin], model);
  assert.equal(told[0], 3);
  const bytes = Uint8Array.from(atob(told[1].replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  assert.deepEqual(new Float64Array(bytes.buffer), pin);
  assert.deepEqual(tellPins([null, null], model), [null, null]);
});

test('a diagram belongs to its pins', () => {
  const resting = fresh();
  resting.receive(answer(resting, contextOf(0), { diagram: pitchforkDiagram() }));
  assert.ok(resting.diagram('[0,1]'));
  assert.equal(resting.diagram('[1,0]'), null);
});

test('a branch is cut where its stability changes, with no gap between the parts', () => {
  const [trivial, fork] = pitchforkDiagram().branches;
  assert.deepEqual(runs(trivial), [[0, 2, true], [2, 10, false]]);
  assert.deepEqual(runs(fork), [[0, fork.at.length - 1, true]]);
  assert.deepEqual(runs({ stable: [1] }), [[0, 0, true]]);
});

test('the drawing reaches a little beyond all branches, and places are where they belong', () => {
  const { low, high } = rangeOf(pitchforkDiagram());
  assert.ok(low < -1.5 && low > -2 && high > 1.5 && high < 2);
  const place = placer({ left: 10, right: 110, top: 5, bottom: 55 }, { low: 0, high: 10 });
  assert.deepEqual([place(0, 0), place(1, 10), place(0.5, 5)], [[10, 55], [110, 5], [60, 30]]);
  assert.deepEqual(rangeOf({ branches: [], cycles: [] }).low < 0, true);
});
