import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Course } from '../src/numeric/course.js';
import { Engine } from '../src/numeric/engine.js';
import { spectrumFigures, Spectrum } from '../src/numeric/spectrum.js';
import { meanScores, peakOrder } from '../src/numeric/sorting.js';
import { readModel } from '../src/packed.js';
import { defaultPins, startingProbe } from '../src/start.js';
import { bytesOf, close, mismatch, numbersOf } from './helpers.js';

for (const name of ['plain', 'latent', 'bare']) {
  const expected = numbersOf(name);
  const model = readModel(bytesOf(name));
  const engine = new Engine(model);
  engine.compute(Float64Array.from(expected.context), expected.trial);

  test(`${name}: weights, states and activity as float64 NumPy has them`, () => {
    const { M, R } = model;
    const weights = engine.hypernetwork.outputs.at(-1);
    close(weights.subarray(0, R * M), expected.u, 1e-12, 'U');
    close(weights.subarray(R * M, 2 * R * M), expected.v, 1e-12, 'V');
    if (model.bias) close(weights.subarray(2 * R * M), expected.bias, 1e-12, 'bias');
    close(engine.states, expected.states, 1e-12, 'states');
    close(engine.activity, expected.activity, 1e-12, 'activity');
    close(engine.finalState(), expected.states.at(-1), 1e-12, 'final state');
  });

  test(`${name}: the R eigenvalues and M - R times 1 - a are those of the full Jacobian`, () => {
    const found = Array.from(engine.spectrum.re, (re, i) => [re, engine.spectrum.im[i]]);
    for (let i = model.R; i < model.M; i++) found.push([1 - model.dtOverTau, 0]);
    assert.ok(mismatch(found, expected.eigenvalues) < 1e-10);
  });

  test(`${name}: scores, nearest trial, distance and R^2`, () => {
    close(engine.scores, expected.scores, 1e-5, 'scores');
    assert.equal(engine.nearest.trial, expected.nearest);
    close(engine.figures.distance, expected.distance, 1e-6, 'distance');
    close(engine.figures.r2, expected.r2, 1e-5, 'R^2');
  });

  test(`${name}: map coordinates as stored, and exactly invertible`, () => {
    const coordinates = Array.from({ length: model.D }, (_, i) => engine.map.coordinate(expected.context, i));
    close(coordinates, expected.coordinates, 1e-5, 'coordinates');
    const moved = Float64Array.from(expected.context);
    engine.map.setCoordinate(moved, 0, 1.25);
    close(engine.map.coordinate(moved, 0), 1.25, 1e-14);
    for (let i = 1; i < model.D; i++) close(engine.map.coordinate(moved, i), coordinates[i], 1e-13, `coordinate ${i} kept`);
    engine.map.setCoordinate(moved, 0, coordinates[0]);
    close(moved, expected.context, 1e-14, 'context there and back');
  });

  test(`${name}: a second frame at the same place gives the same bits`, () => {
    const before = Float64Array.from(engine.states);
    engine.compute(Float64Array.from(expected.context), expected.trial);
    assert.deepEqual(engine.states, before);
  });
}

test('figures of known eigenvalues: radius, frequency, decay, what is outside', () => {
  const model = { M: 4, R: 3, dt: 0.01, dtOverTau: 0.5 };
  const figures = spectrumFigures([1.1, 0, 0], [0, 0.9, -0.9], model);
  close(figures.radius, 1.1, 1e-15);
  assert.equal(figures.outside, 1);
  close(figures.frequency, 25, 1e-12);
  close(figures.frequencyTime, -0.01 / Math.log(0.9), 1e-12);
  close(figures.slowest, -0.01 / Math.log(0.9), 1e-12);
  const real = spectrumFigures([0.3], [0], { M: 4, R: 1, dt: 0.01, dtOverTau: 0.1 });
  assert.ok(Number.isNaN(real.frequency));
  close(real.radius, 0.9, 1e-15);
});

test('the Jacobian away from the origin is damped by 1 - tanh^2', () => {
  const spectrum = new Spectrum({ M: 2, R: 1, dtOverTau: 0.2 });
  spectrum.compute(Float64Array.of(1, 2, 3, 4), Float64Array.of(0.5, -1));
  close(spectrum.re, [0.8 + 0.2 * (3 * (1 - Math.tanh(0.5) ** 2) + 8 * (1 - Math.tanh(1) ** 2))], 1e-14);
});

test('the course between two contexts begins and ends with their own eigenvalues', () => {
  const model = readModel(bytesOf('latent'));
  const engine = new Engine(model);
  const [from, to] = [0, 1].map((k) => Float64Array.from(model.contexts.subarray(k * model.D, (k + 1) * model.D)));
  const course = new Course(model, 11);
  course.between(from, to);
  while (!course.advance(1));
  [from, to].forEach((context, end) => {
    engine.compute(context, 0);
    const moduli = Array.from(engine.spectrum.re, (re, i) => Math.hypot(re, engine.spectrum.im[i]));
    close(course.modulus.subarray(end * 10 * model.R, (end * 10 + 1) * model.R), moduli, 1e-12);
  });
});

test('neurons are ordered by the time of their peak', () => {
  const order = peakOrder({ T: 3, N: 3, P: 3, axesComponents: Float32Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0), axesMean: new Float32Array(3) },
    Float64Array.of(5, 0, 0, 0, 5, 0, 0, 0, 5), null);
  assert.deepEqual([...order], [2, 0, 1]);
  const model = readModel(bytesOf('plain'));
  assert.equal(meanScores(model).length, model.T * model.P);
});

test('the probe begins where the address says, with nonsense ignored; else on pin A, a real trial', () => {
  const model = readModel(bytesOf('plain'));
  const engine = new Engine(model);
  const pins = defaultPins(model, engine, model.trials[0]);
  const kinds = pins.map((pin) => model.trials[0].values[engine.neighbours.nearest(pin).trial]);
  assert.notEqual(kinds[0], kinds[1]);
  const begin = (view) => startingProbe({ ...model, view }, engine, pins);
  assert.deepEqual(begin({}).context, pins[0]);
  assert.deepEqual(begin({ context: [1, 2, 3], trial: 7 }), { context: Float64Array.of(1, 2, 3), trial: 7 });
  assert.deepEqual([...begin({ trial: 7 }).context], [...model.contexts.subarray(21, 24)]);
  for (const view of [{ context: [1, 2] }, { context: [1, 2, NaN] }, { context: 'x', trial: 1e9 }, { trial: -1 }]) assert.deepEqual(begin(view).context, pins[0]);
});
