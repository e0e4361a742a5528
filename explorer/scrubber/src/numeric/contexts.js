/** The contexts' principal axes, and how far a context is from the data. */

/** The PCA map of contexts: an orthonormal frame, so that coordinates and contexts turn into each other exactly. */
export class ContextMap {
  /** @param {{D: number, mapMean: Float32Array, mapComponents: Float32Array, mapVariance: Float32Array}} model */
  constructor({ D, mapMean, mapComponents, mapVariance }) {
    this.D = D;
    this.mean = Float64Array.from(mapMean);
    this.components = orthonormal(Float64Array.from(mapComponents), D);
    const total = mapVariance.reduce((sum, v) => sum + v, 0);
    this.explained = Array.from(mapVariance, (v) => (total > 0 ? v / total : NaN));
  }

  /** Coordinate i (0-based) of a context. */
  coordinate(context, i, offset = 0) {
    if (i >= this.D) return 0;
    let sum = 0;
    for (let d = 0; d < this.D; d++) sum += (context[offset + d] - this.mean[d]) * this.components[i * this.D + d];
    return sum;
  }

  /** Move `context` so that its coordinate i becomes `value`; the other coordinates keep theirs. */
  setCoordinate(context, i, value) {
    if (i >= this.D) return;
    const step = value - this.coordinate(context, i);
    for (let d = 0; d < this.D; d++) context[d] += step * this.components[i * this.D + d];
  }
}

/** Gram-Schmidt in float64: stored float32 axes are orthonormal to 1e-7 only. A missing axis is filled from the unit vectors. */
export function orthonormal(rows, D) {
  for (let i = 0; i < D; i++) {
    for (let attempt = -1; attempt < D; attempt++) {
      if (attempt >= 0) for (let d = 0; d < D; d++) rows[i * D + d] = d === attempt ? 1 : 0;
      if (removeEarlier(rows, i, D) > 1e-3) break;
    }
  }
  return rows;
}

function removeEarlier(rows, i, D) {
  for (let pass = 0; pass < 2; pass++) {
    for (let j = 0; j < i; j++) {
      let overlap = 0;
      for (let d = 0; d < D; d++) overlap += rows[i * D + d] * rows[j * D + d];
      for (let d = 0; d < D; d++) rows[i * D + d] -= overlap * rows[j * D + d];
    }
  }
  let length = 0;
  for (let d = 0; d < D; d++) length += rows[i * D + d] ** 2;
  length = Math.sqrt(length);
  if (length > 1e-3) for (let d = 0; d < D; d++) rows[i * D + d] /= length;
  return length;
}

/** Distances to the contexts, per dimension in SD, divided by sqrt(D). Contexts that are not finite take no part. */
export class Neighbours {
  /** @param {{K: number, D: number, contexts: Float32Array, contextSd: Float32Array}} model */
  constructor({ K, D, contexts, contextSd }) {
    Object.assign(this, { K, D });
    this.perSd = Float64Array.from(contextSd, (sd) => 1 / (sd > 0 ? sd : 1));
    this.scaled = new Float64Array(K * D);
    this.usable = new Uint8Array(K);
    for (let k = 0; k < K; k++) {
      this.usable[k] = 1;
      for (let d = 0; d < D; d++) {
        this.scaled[k * D + d] = contexts[k * D + d] * this.perSd[d];
        if (!Number.isFinite(this.scaled[k * D + d])) this.usable[k] = 0;
      }
    }
    this.probe = new Float64Array(D);
  }

  /** @returns {{trial: number, distance: number}} the nearest trial (-1 if none) and its distance in SD; `except` is passed over */
  nearest(context, except = -1) {
    const { K, D, scaled, usable, probe } = this;
    for (let d = 0; d < D; d++) probe[d] = context[d] * this.perSd[d];
    let trial = -1;
    let best = Infinity;
    for (let k = 0, at = 0; k < K; k++, at += D) {
      if (!usable[k] || k === except) continue;
      let sum = 0;
      for (let d = 0; d < D && sum < best; d++) {
        const gap = probe[d] - scaled[at + d];
        sum += gap * gap;
      }
      if (sum < best) {
        best = sum;
        trial = k;
      }
    }
    return { trial, distance: Math.sqrt(best / D) };
  }

  /**
   * The distance above which a context is called off the data: what 95 of 100 training trials have to the nearest other trial
   * (over at most 128 of them, evenly taken), and at least 0.5 SD.
   */
  offThreshold({ contexts, trials }) {
    const { K, D } = this;
    const split = trials.find((column) => column.name === 'split')?.values;
    const gaps = [];
    const stride = Math.max(1, Math.ceil(K / 128));
    for (let k = 0; k < K; k += stride) {
      if (!this.usable[k] || (split && split[k] !== 'train')) continue;
      const { distance } = this.nearest(contexts.subarray(k * D, (k + 1) * D), k);
      if (Number.isFinite(distance)) gaps.push(distance);
    }
    gaps.sort((x, y) => x - y);
    return Math.max(0.5, gaps[Math.floor(0.95 * (gaps.length - 1))] ?? 0);
  }
}
