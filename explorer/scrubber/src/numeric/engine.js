/** Everything that one frame needs to know about one context: weights, states, activity, scores, eigenvalues, figures. */

import { halfTable } from '../safetensors.js';
import { ContextMap, Neighbours } from './contexts.js';
import { Hypernetwork, affine } from './hypernetwork.js';
import { rollout } from './rollout.js';
import { Spectrum, spectrumFigures } from './spectrum.js';

export class Engine {
  /** @param {object} model as `readModel` gives it */
  constructor(model) {
    const { T, N, M, P, D, steps } = model;
    this.model = model;
    this.hypernetwork = new Hypernetwork(model);
    /** (O,) weights at the context last computed */
    this.weights = null;
    this.spectrum = new Spectrum(model);
    this.map = new ContextMap(model);
    this.neighbours = new Neighbours(model);
    this.offThreshold = this.neighbours.offThreshold(model);
    this.rate = new Float64Array(M);
    this.states = new Float64Array(steps * M);
    this.stepActivity = new Float64Array(steps * N);
    this.stepScores = new Float64Array(steps * P);
    /** (T, N) generated activity in scaled units, on data bins */
    this.activity = model.stride === 1 ? this.stepActivity : new Float64Array(T * N);
    /** (T, P) generated scores on the principal axes of the recorded activity, on data bins */
    this.scores = model.stride === 1 ? this.stepScores : new Float64Array(T * P);
    this.scoreMap = scoreMap(model);
    this.readout = model.readout ? { rows: N, columns: M, weight: model.readoutWeight, bias: model.readoutBias } : null;
    this.initialMap = model.startsAtTrial ? null : { rows: M, columns: D, weight: model.initialWeight, bias: model.initialBias };
    /** (T, P) scores of `recordedTrial`, the nearest trial */
    this.recordedScores = new Float64Array(T * P);
    this.recordedMask = new Uint8Array(T);
    this.recordedTrial = -1;
    this.context = new Float64Array(D);
    this.nearest = { trial: -1, distance: NaN };
    this.figures = { radius: NaN, outside: 0, frequency: NaN, frequencyTime: NaN, slowest: NaN, r2: NaN, distance: NaN };
  }

  /**
   * Compute everything for a context.
   * @param {Float64Array} context (D,)
   * @param {number} startTrial the trial whose first state starts the rollout (used where the model takes it from the trial)
   */
  compute(context, startTrial) {
    const { model } = this;
    this.context.set(context);
    const weights = this.weights = this.hypernetwork.evaluate(context);
    this.initialState(context, startTrial);
    rollout(this.states, weights, model, this.rate);
    this.observe();
    this.spectrum.compute(weights);
    this.nearest = this.neighbours.nearest(context);
    if (this.nearest.trial >= 0 && this.nearest.trial !== this.recordedTrial) this.loadRecorded(this.nearest.trial);
    Object.assign(this.figures, spectrumFigures(this.spectrum.re, this.spectrum.im, model));
    this.figures.r2 = this.nearest.trial >= 0 ? this.scoreR2() : NaN;
    this.figures.distance = this.nearest.distance;
  }

  /** The last state (M,), a copy. */
  finalState() {
    const { steps, M } = this.model;
    return Array.from(this.states.subarray((steps - 1) * M));
  }

  initialState(context, startTrial) {
    const { M, initialStates } = this.model;
    if (this.initialMap) affine(this.initialMap, context, this.states);
    else for (let m = 0, at = startTrial * M; m < M; m++) this.states[m] = initialStates[at + m];
  }

  /** Scores and activity of all states, then both on data bins. */
  observe() {
    const { T, N, M, P, steps, stride } = this.model;
    const { states, stepScores, stepActivity, readout, scoreMap } = this;
    for (let step = 0; step < steps; step++) affine(scoreMap, states, stepScores, step * M, step * P);
    if (readout) for (let step = 0; step < steps; step++) affine(readout, states, stepActivity, step * M, step * N);
    else stepActivity.set(states);
    if (stride > 1) {
      interpolate(this.stepActivity, N, steps, stride, T, this.activity);
      interpolate(this.stepScores, P, steps, stride, T, this.scores);
    }
  }

  loadRecorded(trial) {
    const { T, P, recordedScores, recordedMask } = this.model;
    const half = halfTable();
    const at = trial * T * P;
    for (let i = 0; i < T * P; i++) this.recordedScores[i] = half[recordedScores[at + i]];
    this.recordedMask.set(recordedMask.subarray(trial * T, (trial + 1) * T));
    this.recordedTrial = trial;
  }

  /**
   * 1 - sum (s - shat)^2 / sum s^2 over recorded bins, on the kept principal components: generated against the nearest trial.
   * The scores' origin is each neuron's mean over training trials. A first bin given to the model is left out.
   */
  scoreR2() {
    const { T, P, startsAtTrial } = this.model;
    let error = 0, total = 0;
    for (let t = startsAtTrial ? 1 : 0; t < T; t++) {
      if (!this.recordedMask[t]) continue;
      for (let i = t * P; i < (t + 1) * P; i++) {
        const recorded = this.recordedScores[i];
        error += (recorded - this.scores[i]) ** 2;
        total += recorded * recorded;
      }
    }
    return total > 0 ? 1 - error / total : NaN;
  }
}

/** States to scores in one affine map: components (C x + d - mean), or components (x - mean) without a readout; float32 like every matrix. */
function scoreMap({ N, M, P, readoutWeight, readoutBias, axesComponents, axesMean }) {
  const weight = new Float64Array(P * M);
  const bias = new Float64Array(P);
  for (let p = 0; p < P; p++) {
    for (let n = 0; n < N; n++) {
      const c = axesComponents[p * N + n];
      bias[p] += c * ((readoutBias ? readoutBias[n] : 0) - axesMean[n]);
      if (readoutWeight) for (let m = 0; m < M; m++) weight[p * M + m] += c * readoutWeight[n * M + m];
      else weight[p * M + n] = c;
    }
  }
  return { rows: P, columns: M, weight: Float32Array.from(weight), bias: Float32Array.from(bias) };
}

/** Rows on model steps to rows on data bins, linearly between steps. */
function interpolate(from, width, steps, stride, T, to) {
  for (let t = 0; t < T; t++) {
    const low = Math.min(Math.floor(t / stride), steps - 1);
    const high = Math.min(low + 1, steps - 1);
    const part = t / stride - low;
    for (let i = 0; i < width; i++) {
      to[t * width + i] = (1 - part) * from[low * width + i] + part * from[high * width + i];
    }
  }
}
