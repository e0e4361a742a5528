/** Eigenvalues of the discrete-time Jacobian and what they say in Hz and seconds. */

import { eigenvalues } from './eigenvalues.js';
import { tanh } from './tanh.js';

/**
 * The R eigenvalues of (1 - a) I + a U V' diag(1 - tanh^2 x) that are not 1 - a, from the R x R matrix V' diag(1 - tanh^2 x) U.
 * Sorted by modulus, largest first; of a conjugate pair the positive imaginary part first.
 */
export class Spectrum {
  /** @param {{M: number, R: number, dtOverTau: number}} model */
  constructor({ M, R, dtOverTau }) {
    Object.assign(this, { M, R, dtOverTau });
    this.small = new Float64Array(R * R);
    this.rawRe = new Float64Array(R);
    this.rawIm = new Float64Array(R);
    this.re = new Float64Array(R);
    this.im = new Float64Array(R);
    this.slope = new Float64Array(M);
    this.converged = true;
  }

  /**
   * @param {Float64Array} weights (O,): U as (R, M), V as (R, M)
   * @param {Float64Array | null} state (M,) where the Jacobian is taken; null: the origin
   */
  compute(weights, state = null) {
    const { M, R, small, rawRe, rawIm, slope } = this;
    if (state) for (let m = 0; m < M; m++) slope[m] = 1 - tanh(state[m]) ** 2;
    for (let i = 0; i < R; i++) {
      const v = (R + i) * M;
      for (let j = 0; j < R; j++) {
        const u = j * M;
        let sum = 0;
        if (state) for (let m = 0; m < M; m++) sum += weights[v + m] * weights[u + m] * slope[m];
        else for (let m = 0; m < M; m++) sum += weights[v + m] * weights[u + m];
        small[i * R + j] = sum;
      }
    }
    this.converged = eigenvalues(small, R, rawRe, rawIm);
    if (!this.converged) {
      rawRe.fill(NaN);
      rawIm.fill(NaN);
    }
    const a = this.dtOverTau;
    for (let i = 0; i < R; i++) {
      rawRe[i] = 1 - a + a * rawRe[i];
      rawIm[i] *= a;
    }
    const order = inOrder(rawRe, rawIm);
    for (let i = 0; i < R; i++) {
      this.re[i] = rawRe[order[i]];
      this.im[i] = rawIm[order[i]];
    }
  }
}

/** Places of eigenvalues in order: largest modulus first, of a conjugate pair the positive imaginary part first. */
export function inOrder(re, im) {
  return Array.from(re, (_, i) => i).sort((i, j) => {
    const gap = Math.hypot(re[j], im[j]) - Math.hypot(re[i], im[i]);
    return Math.abs(gap) > 1e-12 ? gap : im[j] - im[i];
  });
}

/**
 * @param {Float64Array} re @param {Float64Array} im eigenvalues (R,), largest modulus first
 * @param {{M: number, R: number, dt: number, dtOverTau: number}} model
 * @returns {{radius: number, outside: number, frequency: number, frequencyTime: number, slowest: number}}
 *   radius: largest modulus, the M - R eigenvalues 1 - a counted; outside: how many lie outside the unit circle;
 *   frequency (Hz) of the complex pair of largest modulus, NaN if all are real; frequencyTime (s): its decay time, negative when it
 *   grows; slowest (s): the longest decay time of a mode inside the circle, NaN if none
 */
export function spectrumFigures(re, im, { M, R, dt, dtOverTau }) {
  const bulk = M > R ? 1 - dtOverTau : 0;
  let radius = bulk, outside = 0, slowest = bulk > 0 ? -dt / Math.log(bulk) : NaN, frequency = NaN, frequencyTime = NaN;
  for (let i = 0; i < R; i++) {
    const modulus = Math.hypot(re[i], im[i]);
    radius = Math.max(radius, modulus);
    if (modulus > 1) outside += 1;
    const time = -dt / Math.log(modulus);
    if (modulus < 1 && modulus > 0 && !(time <= slowest)) slowest = time;
    if (Number.isNaN(frequency) && Math.abs(im[i]) > 1e-9) {
      frequency = frequencyOf(re[i], im[i], dt);
      frequencyTime = time;
    }
  }
  return { radius, outside, frequency, frequencyTime, slowest };
}

/** |arg lambda| / (2 pi dt), in Hz. */
export function frequencyOf(re, im, dt) {
  return Math.abs(Math.atan2(im, re)) / (2 * Math.PI * dt);
}
