/**
 * Fixed points followed from one context to the next: Newton's method in the R overlaps k, where x = U k + b and
 * G(k) = V' tanh(U k + b) - k = 0. Python finds them all when the hand rests; here only those already known are kept up.
 */

import { affine } from './hypernetwork.js';
import { eigenvalues } from './eigenvalues.js';
import { solve } from './solve.js';
import { inOrder } from './spectrum.js';
import { tanh } from './tanh.js';

const MOST_STEPS = 10;
/** Of |G| per 1 + |k|, both largest entries. */
const CONVERGED = 1e-11;
/** Points closer than this, per 1 + |k|, are one. */
const SAME = 1e-6;
/** Multiplications a frame for all points together: about two milliseconds (29 points of 200 units and rank 5, 3 of 64 and 32). */
const FRAME_WORK = 8e5;

/** Newton's method without allocating: buffers are made once for a model. */
export class Newton {
  /** @param {{M: number, R: number, bias: boolean}} model */
  constructor({ M, R, bias }) {
    Object.assign(this, { M, R, bias });
    /** (M,) U k + b of the last evaluation */
    this.state = new Float64Array(M);
    this.rate = new Float64Array(M);
    this.slope = new Float64Array(M);
    /** (R,) V' tanh(state) - k */
    this.gap = new Float64Array(R);
    /** (R, R) V' diag(1 - tanh^2) U at `state` */
    this.core = new Float64Array(R * R);
    this.system = new Float64Array(R * R);
    this.step = new Float64Array(R);
    this.tried = new Float64Array(R);
  }

  /**
   * Bring k to a fixed point of the weights.
   * @param {Float64Array} weights (O,): U as (R, M), V as (R, M), then the bias (M,) if the model has one
   * @param {Float64Array} k (R,) where to begin; overwritten
   * @returns {boolean} false where it did not converge; `state`, `gap` and `core` are then those of no fixed point
   */
  converge(weights, k) {
    const { R, step } = this;
    let size = this.evaluate(weights, k);
    for (let count = 0; count < MOST_STEPS; count++) {
      this.linearise(weights);
      for (let i = 0; i < R; i++) {
        for (let j = 0; j < R; j++) this.system[i * R + j] = (i === j ? 1 : 0) - this.core[i * R + j];
        step[i] = this.gap[i];
      }
      if (!solve(this.system, step, R)) return false;
      const scale = 1 + largest(k);
      if (size <= CONVERGED * scale && largest(step) <= SAME * scale) {
        for (let i = 0; i < R; i++) k[i] += step[i]; // the last digits
        this.evaluate(weights, k);
        this.linearise(weights);
        return true;
      }
      size = this.advance(weights, k, size);
      if (!(size >= 0)) return false;
    }
    return false;
  }

  /** Move k along `step`, as far as it brings |gap| down; the new |gap|, NaN where even an eighth of the way does not. */
  advance(weights, k, size) {
    const { R, step, tried } = this;
    for (let part = 1; part > 0.1; part /= 2) {
      for (let i = 0; i < R; i++) tried[i] = k[i] + part * step[i];
      const after = this.evaluate(weights, tried);
      if (after < size) {
        k.set(tried);
        return after;
      }
    }
    return NaN;
  }

  /** States, rates and gap at k; the largest |gap|. */
  evaluate(weights, k) {
    const { M, R, state, rate, gap } = this;
    const bias = 2 * R * M;
    for (let m = 0; m < M; m++) state[m] = this.bias ? weights[bias + m] : 0;
    for (let r = 0; r < R; r++) for (let m = 0, u = r * M, by = k[r]; m < M; m++, u++) state[m] += weights[u] * by;
    for (let m = 0; m < M; m++) rate[m] = tanh(state[m]);
    for (let r = 0; r < R; r++) {
      let sum = 0;
      for (let m = 0, v = (R + r) * M; m < M; m++, v++) sum += weights[v] * rate[m];
      gap[r] = sum - k[r];
    }
    return largest(gap);
  }

  /** The R x R core at the state last evaluated. */
  linearise(weights) {
    const { M, R, rate, slope, core } = this;
    for (let i = 0; i < R; i++) {
      const v = (R + i) * M;
      for (let m = 0; m < M; m++) slope[m] = weights[v + m] * (1 - rate[m] * rate[m]);
      for (let j = 0; j < R; j++) {
        let sum = 0;
        for (let m = 0, u = j * M; m < M; m++, u++) sum += slope[m] * weights[u];
        core[i * R + j] = sum;
      }
    }
  }

  /** The largest |F_i| of F = -x + U V' tanh(x) + b at the state last evaluated, where x = U k + b: F = U gap. */
  residual(weights) {
    const { M, R, gap } = this;
    let worst = 0;
    for (let m = 0; m < M; m++) {
      let sum = 0;
      for (let r = 0; r < R; r++) sum += weights[r * M + m] * gap[r];
      worst = Math.max(worst, Math.abs(sum));
    }
    return worst;
  }
}

/** Keeps known fixed points up while the context moves. */
export class Follower {
  /** @param {object} model @param {{weight: Float32Array, bias: Float32Array, columns: number, rows: number}} scoreMap states to scores */
  constructor(model, scoreMap) {
    this.model = model;
    this.newton = new Newton(model);
    const rows = Math.min(3, scoreMap.rows);
    this.scoreMap = { ...scoreMap, rows };
    this.scores = new Float64Array(3);
    this.matrix = new Float64Array(model.R * model.R);
    /** How many points a frame has time for, at three Newton steps each */
    this.most = Math.floor(FRAME_WORK / (3 * model.M * model.R * (model.R + 4)));
  }

  /**
   * The points at new weights, from those at the last ones: a point that is lost (no convergence, or run into another) is left out.
   * @param {object[]} points `{k, kind, ...}` of fixed points; slow points cannot be followed and are left out
   * @param {Float64Array} weights (O,)
   * @returns {object[]} the same points' objects renewed: {k, scores, kind, residual, re, im, unstable, unstableContinuous, id}
   */
  follow(points, weights) {
    const kept = [];
    for (const point of points) {
      if (point.kind === 'slow' || kept.length >= this.most) continue;
      const k = Float64Array.from(point.k);
      if (this.newton.converge(weights, k) && !kept.some((other) => near(other.k, k))) kept.push(this.describe(k, weights, point.id));
    }
    return kept;
  }

  /** A fixed point at which Newton's method has just converged. */
  describe(k, weights, id) {
    const { R, dtOverTau: a } = this.model;
    const { newton, matrix } = this;
    affine(this.scoreMap, newton.state, this.scores);
    matrix.set(newton.core);
    const [re, im] = [new Float64Array(R), new Float64Array(R)];
    if (!eigenvalues(matrix, R, re, im)) [re, im].forEach((part) => part.fill(NaN));
    let unstableContinuous = 0;
    for (let r = 0; r < R; r++) {
      if (re[r] > 1) unstableContinuous += 1;
      re[r] = 1 - a + a * re[r];
      im[r] *= a;
    }
    const order = inOrder(re, im);
    const sorted = { re: order.map((i) => re[i]), im: order.map((i) => im[i]) };
    const unstable = sorted.re.filter((value, r) => Math.hypot(value, sorted.im[r]) > 1).length;
    const kind = unstable === 0 ? 'stable' : unstable === R ? 'unstable' : 'saddle';
    return { id, k, scores: Array.from(this.scores), kind, residual: newton.residual(weights), ...sorted, unstable, unstableContinuous };
  }
}

function near(one, other) {
  const scale = SAME * (1 + largest(one));
  return one.every((value, i) => Math.abs(value - other[i]) <= scale);
}

function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (!(size <= most)) most = size; // a NaN stays
  }
  return most;
}
