/** The trajectory on the first principal components of the recorded activity: turned by hand, or flat. */

import { fixedPointMark } from './marks.js';
import { Surface, disc, font, line } from './surface.js';

const START = { yaw: -0.62, pitch: 0.36 };
const SHADES = 14;
/** Trials drawn as the ground of the panel, and points of each: what a turn of the hand can redraw in a frame. */
const GROUND_TRIALS = 40;
const GROUND_POINTS = 75;
/** How near a place must be to a fixed point's mark, and how far inside the panel one from outside is drawn. */
const HIT = 10;
const INSET = 12;

export class TrajectoryView {
  constructor(canvas) {
    this.surface = new Surface(canvas);
    this.flat = false;
    this.models = 0;
    /** Where the fixed points of the last frame were drawn: {point, x, y, outside} */
    this.marks = [];
    this.reset();
  }

  reset() {
    Object.assign(this, START);
  }

  /** Take a model; with fewer than three components there is nothing to turn, with one it is drawn over time. */
  load(model, engine) {
    const { T, P, K, axesVariance, explained } = model;
    this.model = model;
    this.dimensions = Math.min(3, P);
    const total = axesVariance.reduce((sum, v) => sum + v, 0);
    this.shares = Array.from({ length: this.dimensions }, (_, i) => (total > 0 ? (axesVariance[i] / total) * (Number.isFinite(explained) ? explained : 1) : NaN));
    this.models += 1;
    this.dataReach = this.usualReach(engine, K);
    this.others = this.someTrials(engine, K);
    this.reach = [0, 0, 0];
    this.points = new Float64Array(2 * T);
    this.recorded = new Float64Array(2 * T);
  }

  /** On each component, what nineteen in twenty recorded trials stay within, and no less than a tenth of the first. */
  usualReach(engine, K) {
    const found = [[], [], []];
    const stride = Math.max(1, Math.ceil(K / 100));
    this.dataReach = [Infinity, Infinity, Infinity];
    for (let k = 0; k < K; k += stride) {
      engine.loadRecorded(k);
      const reach = [0, 0, 0];
      this.widen(reach, engine.recordedScores, 1);
      reach.forEach((value, i) => found[i].push(value));
    }
    engine.recordedTrial = -1;
    const usual = found.map((values) => values.sort((x, y) => x - y)[Math.floor(0.95 * (values.length - 1))]);
    return usual.map((value) => Math.max(value, 0.1 * usual[0], 1e-9));
  }

  /** Recorded scores of some trials, evenly taken: {scores (points, 3), mask (points,)} each. */
  someTrials(engine, K) {
    const { T, P } = this.model;
    const every = Math.max(1, Math.ceil(T / GROUND_POINTS));
    const points = Math.floor((T - 1) / every) + 1;
    const taken = [];
    for (let k = 0; k < K; k += Math.max(1, Math.ceil(K / GROUND_TRIALS))) {
      engine.loadRecorded(k);
      const scores = new Float64Array(3 * points);
      const mask = Uint8Array.from({ length: points }, (_, i) => engine.recordedMask[i * every]);
      for (let i = 0; i < points; i++) for (let c = 0; c < this.dimensions; c++) scores[3 * i + c] = engine.recordedScores[i * every * P + c];
      taken.push({ scores, mask });
    }
    engine.recordedTrial = -1;
    return taken;
  }

  measure() {
    this.surface.measure();
  }

  /** Widen `reach`, the largest modulus on each component, by scores; at most to `limit` times the data's. */
  widen(reach, scores, limit) {
    const { T, P } = this.model;
    for (let i = 0; i < this.dimensions; i++) {
      let most = reach[i];
      for (let t = 0; t < T; t++) most = Math.max(most, Math.abs(scores[t * P + i]));
      reach[i] = Math.min(most, Math.max(reach[i], limit * this.dataReach[i]));
    }
  }

  /** Screen pixels a unit of score, so that the reach fits however far it is turned about the third component. */
  fit(reach) {
    const { width, height } = this.surface;
    const [halfWidth, halfHeight] = [Math.max(20, width / 2 - 24), Math.max(20, (height - 18) / 2 - 16)];
    if (this.dimensions === 1) return halfHeight / reach[0];
    if (this.flat || this.dimensions === 2) return Math.min(halfWidth / reach[0], halfHeight / reach[1]);
    // As an ellipsoid: trials seldom reach far on several components at once.
    const flat = 1.1 * Math.max(reach[0], reach[1]);
    const tall = Math.hypot(flat * Math.sin(this.pitch), reach[2] * Math.cos(this.pitch));
    return Math.min(halfWidth / flat, halfHeight / tall);
  }

  rotate(dx, dy) {
    this.yaw += dx * 0.008;
    this.pitch = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, this.pitch + dy * 0.008));
  }

  /** Horizontal and vertical screen directions of the three components. */
  axes() {
    if (this.flat || this.dimensions < 3) return [[1, 0], [0, -1], [0, 0]];
    const [cy, sy, cp, sp] = [Math.cos(this.yaw), Math.sin(this.yaw), Math.cos(this.pitch), Math.sin(this.pitch)];
    return [[cy, sy * sp], [sy, -cy * sp], [0, -cp]];
  }

  /** Scores, `P` a point, to the screen. */
  project(scores, out, P = this.model.P) {
    const T = out.length / 2;
    const { width, height } = this.surface;
    const [[ax, ay], [bx, by], [cx, cy]] = this.axes();
    const d = this.dimensions;
    for (let t = 0; t < T; t++) {
      const s0 = scores[t * P];
      const s1 = d > 1 ? scores[t * P + 1] : 0;
      const s2 = d > 2 ? scores[t * P + 2] : 0;
      if (d === 1) {
        out[2 * t] = 40 + ((width - 60) * t) / Math.max(1, T - 1);
        out[2 * t + 1] = height / 2 - s0 * this.scale;
      } else {
        out[2 * t] = width / 2 + (s0 * ax + s1 * bx + s2 * cx) * this.scale;
        out[2 * t + 1] = (height - 18) / 2 + (s0 * ay + s1 * by + s2 * cy) * this.scale;
      }
    }
  }

  /**
   * @param {object} theme @param {object} engine @param {string} colour of the generated trajectory
   * @param {{points: object[], chosen: any}} fixed fixed points to draw, and the chosen one's id
   */
  draw(theme, engine, colour, fixed) {
    for (let i = 0; i < 3; i++) this.reach[i] = this.dataReach[i];
    this.widen(this.reach, engine.scores, 4);
    // In steps of a quarter of an octave below the data's own scale, so that it stands still while the hand moves.
    const scale = this.fit(this.dataReach);
    this.scale = scale / 2 ** (Math.max(0, Math.ceil(4 * Math.log2(scale / this.fit(this.reach)) - 1e-9)) / 4);
    const key = `${this.models} ${this.yaw} ${this.pitch} ${this.flat} ${this.scale}`;
    const ctx = this.surface.beginOn(theme, key, (still) => {
      this.drawOthers(still, theme);
      this.drawAxes(still, theme);
    });
    if (engine.nearest.trial >= 0) {
      this.project(engine.recordedScores, this.recorded);
      this.drawRecorded(ctx, theme, engine.recordedMask);
    }
    this.project(engine.scores, this.points);
    this.drawGenerated(ctx, theme, colour);
    this.drawFixedPoints(ctx, theme, fixed);
  }

  /** One that lies outside the panel is drawn pale at its edge. */
  drawFixedPoints(ctx, theme, { points, chosen }) {
    const { width, height } = this.surface;
    const place = new Float64Array(2);
    this.marks = points.map((point) => {
      this.project(point.scores, place, 3);
      if (this.dimensions === 1) place[0] = width - 20;
      const x = Math.min(width - INSET, Math.max(INSET, place[0]));
      const y = Math.min(height - 26 - INSET, Math.max(INSET, place[1]));
      return { point, x, y, outside: x !== place[0] || y !== place[1] };
    });
    for (const { point, x, y, outside } of this.marks) {
      ctx.globalAlpha = outside ? 0.4 : 1;
      fixedPointMark(ctx, x, y, point.kind, theme, { chosen: point.id === chosen });
    }
    ctx.globalAlpha = 1;
  }

  /** The mark under a place: {point, outside}, or null. */
  markAt(x, y) {
    let best = HIT, found = null;
    for (const mark of this.marks) {
      const gap = Math.hypot(mark.x - x, mark.y - y);
      if (gap <= best) [best, found] = [gap, mark];
    }
    return found;
  }

  drawOthers(ctx, theme) {
    ctx.strokeStyle = theme.hairline;
    ctx.lineWidth = 1;
    for (const { scores, mask } of this.others) {
      const points = new Float64Array(2 * mask.length);
      this.project(scores, points, 3);
      ctx.beginPath();
      trace(ctx, points, mask);
      ctx.stroke();
    }
  }

  drawRecorded(ctx, theme, mask) {
    ctx.beginPath();
    trace(ctx, this.recorded, mask);
    ctx.strokeStyle = theme.muted;
    ctx.globalAlpha = 0.6;
    ctx.lineWidth = 1.4;
    ctx.stroke();
    ctx.globalAlpha = 1;
  }

  drawGenerated(ctx, theme, colour) {
    const p = this.points;
    const T = this.model.T;
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2;
    const chunk = Math.max(1, Math.ceil((T - 1) / SHADES));
    for (let from = 0; from < T - 1; from += chunk) {
      ctx.globalAlpha = 0.28 + (0.72 * from) / T;
      ctx.beginPath();
      ctx.moveTo(p[2 * from], p[2 * from + 1]);
      const to = Math.min(T - 1, from + chunk);
      for (let t = from + 1; t <= to; t++) ctx.lineTo(p[2 * t], p[2 * t + 1]);
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
    ctx.fillStyle = theme.panel;
    ctx.strokeStyle = colour;
    ctx.fillRect(p[0] - 4, p[1] - 4, 8, 8);
    ctx.strokeRect(p[0] - 4, p[1] - 4, 8, 8);
    disc(ctx, p[2 * T - 2], p[2 * T - 1], 4.6, colour, theme.panel, 1.2);
  }

  axisName(i) {
    const share = this.shares[i];
    return `PC ${i + 1}${Number.isFinite(share) ? ` (${Math.round(100 * share)} %)` : ''}`;
  }

  drawAxes(ctx, theme) {
    const { width, height } = this.surface;
    ctx.font = font(11);
    ctx.fillStyle = theme.muted;
    if (this.flat || this.dimensions < 3) {
      line(ctx, 0, (height - 18) / 2, width, (height - 18) / 2, theme.grid);
      if (this.dimensions > 1) line(ctx, width / 2, 0, width / 2, height, theme.grid);
      ctx.textAlign = 'right';
      ctx.fillText(this.dimensions > 1 ? this.axisName(0) : 'time \u2192', width - 12, height - 32);
      ctx.textAlign = 'left';
      ctx.fillText(this.axisName(this.dimensions > 1 ? 1 : 0), 12, 12);
      return;
    }
    const [oy, length] = [height - 66, 26];
    const axes = this.axes();
    // As far to the left as the names let it.
    const ox = Math.max(48, ...axes.map(([x], i) => (x < -0.25 ? 18 + ctx.measureText(this.axisName(i)).width - (length + 6) * x : 0)));
    axes.forEach(([x, y], i) => {
      const [ex, ey] = [ox + length * x, oy + length * y];
      line(ctx, ox, oy, ex, ey, theme.muted);
      const size = Math.hypot(x, y);
      const reach = size > 0.25 ? 11 / size : 0;
      ctx.textAlign = x < -0.25 ? 'right' : x > 0.25 ? 'left' : 'center';
      const place = [ex + reach * x * 0.5, ey + (reach ? reach * y : -9)];
      Object.assign(ctx, { strokeStyle: theme.panel, lineWidth: 4 }); // a halo, where trials lie behind
      ctx.strokeText(this.axisName(i), ...place);
      ctx.fillText(this.axisName(i), ...place);
    });
    ctx.textAlign = 'left';
  }

  release() {
    this.surface.release();
  }
}

/** A polyline through the recorded points alone. */
function trace(ctx, points, mask) {
  let drawing = false;
  for (let t = 0; t < mask.length; t++) {
    if (mask[t]) ctx[drawing ? 'lineTo' : 'moveTo'](points[2 * t], points[2 * t + 1]);
    drawing = mask[t] !== 0;
  }
}
