/** How the eigenvalues at the origin change along the straight line from one context to another. */

import { Hypernetwork } from './hypernetwork.js';
import { Spectrum, frequencyOf } from './spectrum.js';

/** Moduli and frequencies at `samples` points of the path, computed in slices so that no frame waits for them. */
export class Course {
  /** @param {object} model @param {number} samples */
  constructor(model, samples = 61) {
    this.model = model;
    this.samples = samples;
    this.hypernetwork = new Hypernetwork(model);
    this.spectrum = new Spectrum(model);
    this.context = new Float64Array(model.D);
    /** (samples, R) moduli */
    this.modulus = new Float64Array(samples * model.R);
    /** (samples, R) Hz; NaN where an eigenvalue is real or is the lower of a pair */
    this.frequency = new Float64Array(samples * model.R);
    this.done = samples;
    /** Grows with every new path, so that a drawing knows whether it is of this one */
    this.version = 0;
  }

  /** Start over between two contexts (D,). */
  between(from, to) {
    this.from = Float64Array.from(from);
    this.to = Float64Array.from(to);
    this.done = 0;
    this.version += 1;
  }

  get complete() {
    return this.done >= this.samples;
  }

  /** Work for about `milliseconds`; true when all points are there. */
  advance(milliseconds) {
    const { D, R, dt } = this.model;
    const until = performance.now() + milliseconds;
    while (!this.complete) {
      const t = this.done / (this.samples - 1);
      for (let d = 0; d < D; d++) this.context[d] = this.from[d] + t * (this.to[d] - this.from[d]);
      this.spectrum.compute(this.hypernetwork.evaluate(this.context));
      const { re, im } = this.spectrum;
      for (let r = 0; r < R; r++) {
        const at = this.done * R + r;
        this.modulus[at] = Math.hypot(re[r], im[r]);
        this.frequency[at] = im[r] > 1e-9 ? frequencyOf(re[r], im[r], dt) : NaN;
      }
      this.done += 1;
      if (performance.now() > until) break;
    }
    return this.complete;
  }
}
