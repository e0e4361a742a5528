/** The eigenvalues of the discrete-time Jacobian in the complex plane, with the unit circle. */

import { fixed, niceStep } from '../format.js';
import { Surface, disc, font, line } from './surface.js';

const TRAIL_SECONDS = 1;
/** A trail of twenty places a second looks like one of sixty, at a third of the marks. */
const TRAIL_STEP_MS = 50;
const TRAIL_LENGTH = Math.ceil((1000 * TRAIL_SECONDS) / TRAIL_STEP_MS) + 1;

export class SpectrumView {
  constructor(canvas) {
    this.surface = new Surface(canvas);
    this.near = false;
  }

  load(model) {
    this.model = model;
    this.trail = new Float64Array(TRAIL_LENGTH * 2 * model.R);
    this.times = new Float64Array(TRAIL_LENGTH).fill(-Infinity);
    this.next = 0;
  }

  measure() {
    this.surface.measure();
  }

  /** Eigenvalues about another state follow: the trail is not theirs. */
  forget() {
    this.times.fill(-Infinity);
  }

  /** The eigenvalue drawn under a place, -1 if none; the equal rest is number R. */
  valueAt(x, y, { re, im }) {
    if (!this.at) return -1;
    const { M, R, dtOverTau } = this.model;
    let best = 9, found = -1;
    for (let r = 0; r <= R; r++) {
      if (r === R && M <= R) break;
      const [px, py] = r < R ? this.at(re[r], im[r]) : this.at(1 - dtOverTau, 0);
      const gap = Math.hypot(px - x, py - y);
      if (gap < best) [best, found] = [gap, r];
    }
    return found;
  }

  /** Keep where the eigenvalues are, for the trail. */
  remember(spectrum, now) {
    if (now - this.times[(this.next + TRAIL_LENGTH - 1) % TRAIL_LENGTH] < TRAIL_STEP_MS) return;
    const R = this.model.R;
    const at = this.next * 2 * R;
    this.trail.set(spectrum.re, at);
    this.trail.set(spectrum.im, at + R);
    this.times[this.next] = now;
    this.next = (this.next + 1) % TRAIL_LENGTH;
  }

  /** Centre and half-width of the window: the whole circle, or 1, 1 - a and the eigenvalues; all of them are always inside. */
  frame({ re, im }) {
    let [left, right, tall] = this.near ? [1 - this.model.dtOverTau, 1, 0] : [-1, 1, 1];
    for (let r = 0; r < re.length; r++) {
      if (!Number.isFinite(re[r])) continue;
      left = Math.min(left, re[r]);
      right = Math.max(right, re[r]);
      tall = Math.max(tall, Math.abs(im[r]));
    }
    // In steps of a quarter of an octave, so that the circle stands still while the hand moves.
    if (!this.near) return { centre: 0, half: 1.12 * 2 ** (Math.max(0, Math.ceil(4 * Math.log2((1.06 * Math.max(right, -left, tall)) / 1.12))) / 4) };
    const half = 2 ** (Math.ceil(2 * Math.log2(1.15 * Math.max((right - left) / 2, tall, 1e-3))) / 2);
    return { centre: (Math.round((4 * (left + right)) / half) * half) / 8, half };
  }

  draw(theme, spectrum, now) {
    const { surface } = this;
    const { centre, half } = this.frame(spectrum);
    const bottom = 22;
    const size = Math.min(surface.width, surface.height - bottom) / 2 - 6;
    const [ox, oy] = [surface.width / 2, (surface.height - bottom) / 2];
    this.at = (re, im) => [ox + ((re - centre) / half) * size, oy - (im / half) * size];
    this.perUnit = size / half;
    const ctx = surface.beginOn(theme, `${centre} ${half}`, (still) => {
      this.drawGrid(still, theme, centre, half);
      disc(still, ...this.at(0, 0), this.perUnit, null, theme.muted, 1.3);
    });
    this.drawTrail(ctx, theme, now);
    const { M, R, dtOverTau } = this.model;
    if (M > R) {
      const [x, y] = this.at(1 - dtOverTau, 0);
      disc(ctx, x, y, 3.6, theme.panel, theme.muted, 1.3);
    }
    for (let r = 0; r < R; r++) {
      if (!Number.isFinite(spectrum.re[r])) continue;
      const outside = Math.hypot(spectrum.re[r], spectrum.im[r]) > 1;
      disc(ctx, ...this.at(spectrum.re[r], spectrum.im[r]), 4.8, outside ? theme.warning : theme.categories[0], theme.panel, 1);
    }
  }

  drawTrail(ctx, theme, now) {
    const R = this.model.R;
    const size = R > 16 ? 2.4 : 3;
    for (let i = 0; i < TRAIL_LENGTH; i++) {
      const entry = (this.next + i) % TRAIL_LENGTH;
      const age = (now - this.times[entry]) / 1000;
      if (!(age > 0 && age < TRAIL_SECONDS)) continue;
      ctx.globalAlpha = 0.3 * (1 - age / TRAIL_SECONDS) ** 1.5;
      ctx.fillStyle = theme.categories[0];
      for (let r = 0; r < R; r++) {
        const [x, y] = this.at(this.trail[entry * 2 * R + r], this.trail[entry * 2 * R + R + r]);
        ctx.fillRect(x - size / 2, y - size / 2, size, size);
      }
    }
    ctx.globalAlpha = 1;
  }

  drawGrid(ctx, theme, centre, half) {
    const { width, height } = this.surface;
    const step = niceStep(half / 2.4);
    const [zeroX, zeroY] = this.at(0, 0);
    const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    ctx.font = font(10.5);
    const reachX = width / 2 / this.perUnit;
    const reachY = height / 2 / this.perUnit;
    for (let i = Math.ceil((centre - reachX) / step); i <= (centre + reachX) / step; i++) {
      const [x] = this.at(i * step, 0);
      line(ctx, Math.round(x) + 0.5, 0, Math.round(x) + 0.5, height - 20, i === 0 ? theme.hairline : theme.grid);
      ctx.fillStyle = theme.muted;
      ctx.textAlign = 'center';
      if (x > 14 && x < width - 14) ctx.fillText(fixed(i * step, decimals), x, height - 10);
    }
    for (let i = Math.ceil(-reachY / step); i <= reachY / step; i++) {
      const y = this.at(0, i * step)[1];
      if (y < height - 20) line(ctx, 0, Math.round(y) + 0.5, width, Math.round(y) + 0.5, i === 0 ? theme.hairline : theme.grid);
    }
    ctx.fillStyle = theme.muted;
    ctx.textAlign = 'right';
    ctx.fillText('Re \u03bb', width - 8, zeroY - 9);
    ctx.textAlign = 'left';
    ctx.fillText('Im \u03bb', Math.min(width - 40, Math.max(4, zeroX + 5)), 10);
  }

  release() {
    this.surface.release();
  }
}
