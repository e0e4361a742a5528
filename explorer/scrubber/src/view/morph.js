/** The timeline of a morph: its bifurcation diagram, or moduli and frequencies of the eigenvalues, from A to B; the playhead is the slider. */

import { fixed, niceStep } from '../format.js';
import { drawDiagram, eventAt, placer, rangeOf } from './diagram.js';
import { fixedPointMark } from './marks.js';
import { Surface, disc, font, line } from './surface.js';

const LEFT = 44;
const RIGHT = 16;
const TOP = 22;

export class MorphView {
  constructor(canvas) {
    this.surface = new Surface(canvas);
    this.models = 0;
    /** Branches of fixed points, where their diagram is there, or eigenvalues */
    this.wanted = 'branches';
    this.diagram = null;
    this.diagrams = 0;
  }

  load(model, course) {
    this.model = model;
    this.course = course;
    this.models += 1;
    this.show(null);
  }

  /** Take the diagram of the path between the pins; null: there is none. */
  show(diagram) {
    if (diagram === this.diagram) return;
    this.diagram = diagram;
    this.diagrams += 1;
  }

  get showsBranches() {
    return this.wanted === 'branches' && this.diagram !== null;
  }

  /** Where the diagram lies. */
  get box() {
    const { width, height } = this.surface;
    return { left: LEFT, right: width - RIGHT, top: TOP, bottom: height - 24 };
  }

  /** The bifurcation drawn under a place, or null. */
  eventAt(x, y) {
    return this.showsBranches ? eventAt(this.diagram, this.box, x, y) : null;
  }

  measure() {
    this.surface.measure();
  }

  /** The part of the path (0 to 1) at a horizontal place. */
  partAt(x) {
    return Math.min(1, Math.max(0, (x - LEFT) / (this.surface.width - LEFT - RIGHT)));
  }

  /**
   * @param {object} theme
   * @param {{ready: boolean, part: number, onPath: boolean, points: object[]}} state part: playhead, 0 at A and 1 at B; points: fixed points
   *   at the probe, drawn on the playhead
   */
  draw(theme, { ready, part, onPath, points }) {
    const { width, height } = this.surface;
    if (!ready) {
      const ctx = this.surface.begin(theme);
      ctx.fillStyle = theme.muted;
      ctx.font = font(12);
      ctx.textAlign = 'center';
      ctx.fillText('Pin two places, A and B, to see what lies between', width / 2, height / 2);
      return;
    }
    const { course } = this;
    const branches = this.showsBranches;
    const key = branches ? `diagram ${this.diagrams}` : `${this.models} ${course.version} ${course.done}`;
    const ctx = this.surface.beginOn(theme, key, (still) => {
      if (branches) drawDiagram(still, theme, this.diagram, this.box, 'PC 1');
      else this.drawCourse(still, theme);
      this.nameEnds(still, theme);
    });
    const bottom = height - 22;
    const x = LEFT + part * (width - RIGHT - LEFT);
    const ink = onPath ? theme.ink : theme.muted;
    line(ctx, x, TOP - 8, x, bottom, ink, 1.6);
    disc(ctx, x, bottom, 5.5, ink, theme.panel, 1.2);
    if (branches && onPath) this.drawPoints(ctx, theme, part, points);
  }

  /** The fixed points at the probe, which lies on the path: where they are on their branches. */
  drawPoints(ctx, theme, part, points) {
    const { low, high } = rangeOf(this.diagram);
    const place = placer(this.box, { low, high });
    for (const { scores, kind } of points) {
      if (scores[0] >= low && scores[0] <= high) fixedPointMark(ctx, ...place(part, scores[0]), kind, theme, { size: 5 });
    }
  }

  /** Everything but the playhead. */
  drawCourse(ctx, theme) {
    const { width, height } = this.surface;
    const bottom = height - 22;
    const middle = TOP + Math.round((bottom - TOP) * 0.56);
    const right = width - RIGHT;
    const modulus = range(this.course.modulus, this.course.done * this.model.R, 1);
    const top = range(this.course.frequency, this.course.done * this.model.R, 0);
    this.plot(ctx, theme, this.course.modulus, modulus, TOP, middle - 16, '|\u03bb|', (v) => v > 1);
    if (top.any) this.plot(ctx, theme, this.course.frequency, { low: 0, high: top.high || 1 }, middle + 12, bottom - 2, 'Hz', () => false);
    else {
      ctx.fillStyle = theme.muted;
      ctx.textAlign = 'center';
      ctx.fillText('no oscillation on this path', (LEFT + right) / 2, (middle + bottom) / 2);
    }
  }

  nameEnds(ctx, theme) {
    const { width, height } = this.surface;
    ctx.fillStyle = theme.ink;
    ctx.font = font(11.5, 650);
    ctx.textAlign = 'center';
    ctx.fillText('A', LEFT, height - 8);
    ctx.fillText('B', width - RIGHT, height - 8);
    ctx.textAlign = 'left';
  }

  plot(ctx, theme, values, { low, high }, top, bottom, label, warn) {
    const { samples, done } = this.course;
    const R = this.model.R;
    const right = this.surface.width - RIGHT;
    const y = (v) => bottom - ((v - low) / (high - low)) * (bottom - top);
    ctx.font = font(10.5);
    ctx.textAlign = 'right';
    ctx.fillStyle = theme.muted;
    const step = niceStep(((high - low) * 30) / (bottom - top));
    const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9; i++) {
      const at = Math.round(y(i * step)) + 0.5;
      line(ctx, LEFT, at, right, at, label === '|\u03bb|' && Math.abs(i * step - 1) < 1e-9 ? theme.muted : theme.grid);
      ctx.fillText(fixed(i * step, decimals), LEFT - 7, at);
    }
    ctx.textAlign = 'left';
    ctx.fillText(label, LEFT + 4, top - 7);
    const size = R > 12 ? 2 : 2.8;
    for (const hot of [false, true]) {
      ctx.fillStyle = hot ? theme.warning : theme.ink;
      for (let s = 0; s < done; s++) {
        const x = LEFT + ((right - LEFT) * s) / (samples - 1);
        for (let r = 0; r < R; r++) {
          const v = values[s * R + r];
          if (!(v >= low && v <= high) || warn(v) !== hot) continue;
          ctx.globalAlpha = r === 0 || hot ? 1 : 0.55;
          ctx.fillRect(x - size / 2, y(v) - size / 2, size, size);
        }
      }
    }
    ctx.globalAlpha = 1;
  }

  /** Where the playhead is, in words. */
  static say(part) {
    return fixed(part, 2);
  }

  release() {
    this.surface.release();
  }
}

/** The range of the first `count` values, a little wider, `include` in it. */
function range(values, count, include) {
  let low = include, high = include, any = false;
  for (let i = 0; i < count; i++) {
    if (!Number.isFinite(values[i])) continue;
    any = true;
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  const pad = 0.06 * (high - low) || 0.05;
  return { any, low: low - pad, high: high + pad };
}
