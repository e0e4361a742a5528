/** The order of neurons in the activity panel, and the range of its colours. */

import { halfTable } from '../safetensors.js';

/** Mean scores (T, P) over training trials, each bin over the trials that recorded it. */
export function meanScores({ K, T, P, recordedScores, recordedMask, trials }) {
  const split = trials.find((column) => column.name === 'split')?.values;
  const half = halfTable();
  const mean = new Float64Array(T * P);
  const count = new Float64Array(T);
  for (let k = 0; k < K; k++) {
    if (split && split[k] !== 'train') continue;
    for (let t = 0; t < T; t++) {
      if (!recordedMask[k * T + t]) continue;
      count[t] += 1;
      for (let p = 0; p < P; p++) mean[t * P + p] += half[recordedScores[(k * T + t) * P + p]];
    }
  }
  for (let t = 0; t < T; t++) if (count[t]) for (let p = 0; p < P; p++) mean[t * P + p] /= count[t];
  return mean;
}

/**
 * Neurons by the time at which they peak.
 * @param {Float64Array} scores (T, P) @param {Uint8Array | null} mask (T,) bins that count
 * @returns {Int32Array} (N,) neuron numbers, the earliest peak first
 */
export function peakOrder({ T, N, P, axesComponents, axesMean }, scores, mask) {
  const peak = new Float64Array(N);
  for (let n = 0; n < N; n++) {
    let best = -Infinity;
    for (let t = 0; t < T; t++) {
      if (mask && !mask[t]) continue;
      let value = axesMean[n];
      for (let p = 0; p < P; p++) value += scores[t * P + p] * axesComponents[p * N + n];
      if (value > best) {
        best = value;
        peak[n] = t;
      }
    }
  }
  return Int32Array.from(Array.from({ length: N }, (_, n) => n).sort((i, j) => peak[i] - peak[j] || i - j));
}

/** Recorded activity (T, N) in scaled units from a trial's scores; NaN in bins that were not recorded. */
export function reconstruct({ T, N, P, axesComponents, axesMean }, scores, mask, out) {
  for (let t = 0; t < T; t++) {
    const row = out.subarray(t * N, (t + 1) * N);
    if (!mask[t]) {
      row.fill(NaN);
      continue;
    }
    row.set(axesMean);
    for (let p = 0; p < P; p++) {
      const score = scores[t * P + p];
      const at = p * N;
      for (let n = 0; n < N; n++) row[n] += score * axesComponents[at + n];
    }
  }
}

/** A round number that 99 % of the recorded activity of some trials stays below in modulus. */
export function activityLimit(model) {
  const { K, T, N, P, recordedScores, recordedMask } = model;
  const half = halfTable();
  const scores = new Float64Array(T * P);
  const out = new Float64Array(T * N);
  const found = [];
  const stride = Math.max(1, Math.ceil(K / 12));
  const skip = Math.max(1, Math.floor((T * N) / 2000));
  for (let k = 0; k < K; k += stride) {
    for (let i = 0; i < T * P; i++) scores[i] = half[recordedScores[k * T * P + i]];
    reconstruct(model, scores, recordedMask.subarray(k * T, (k + 1) * T), out);
    for (let i = 0; i < out.length; i += skip) if (Number.isFinite(out[i])) found.push(Math.abs(out[i]));
  }
  found.sort((x, y) => x - y);
  const high = found[Math.floor(0.99 * (found.length - 1))] || 1;
  const unit = 10 ** Math.floor(Math.log10(high));
  return Math.ceil((high / unit) * 2) / 2 * unit;
}
