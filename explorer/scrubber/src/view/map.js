/** The embedding: contexts on their first two principal axes, the probe, the pins and the path between them. */

import { niceStep } from '../format.js';
import { paintDensity } from './density.js';
import { Surface, disc, font, line } from './surface.js';

const MARGIN = 46;
const HIT = 6;

export class MapView {
  constructor(canvas) {
    this.surface = new Surface(canvas);
    this.version = 0;
    this.stale = true;
  }

  /** Take a model: coordinates of all contexts and the window around them. */
  load(model, engine) {
    const { K, D, contexts } = model;
    this.model = model;
    this.map = engine.map;
    this.usable = engine.neighbours.usable;
    this.z = [0, 1].map((i) => Float64Array.from({ length: K }, (_, k) => engine.map.coordinate(contexts, i, k * D)));
    if (D === 1) this.z[1] = Float64Array.from({ length: K }, (_, k) => 0.001 * ((k * 0.618) % 1));
    this.window = this.z.map((values) => extent(values, this.usable));
    const split = model.trials.find((column) => column.name === 'split')?.values;
    this.hollow = Uint8Array.from({ length: K }, (_, k) => (split && split[k] !== 'train' ? 1 : 0));
    this.x = new Float64Array(K);
    this.y = new Float64Array(K);
    this.stale = true;
  }

  measure() {
    if (this.surface.measure()) this.stale = true;
  }

  /** Fit the window into the surface with the same scale on both axes, and place the points. */
  place() {
    const { width, height } = this.surface;
    const [x, y] = this.window;
    const spanX = x.high - x.low || 1;
    const spanY = y.high - y.low || (this.model.D === 1 ? 1e-9 : 1);
    this.scale = Math.max(1e-12, Math.min((width - 2 * MARGIN) / spanX, (height - 2 * MARGIN) / spanY));
    this.centre = [(x.low + x.high) / 2, (y.low + y.high) / 2];
    for (let k = 0; k < this.x.length; k++) [this.x[k], this.y[k]] = this.toScreen(this.z[0][k], this.z[1][k]);
  }

  toScreen(z1, z2) {
    return [this.surface.width / 2 + (z1 - this.centre[0]) * this.scale, this.surface.height / 2 - (z2 - this.centre[1]) * this.scale];
  }

  fromScreen(x, y) {
    return [this.centre[0] + (x - this.surface.width / 2) / this.scale, this.centre[1] - (y - this.surface.height / 2) / this.scale];
  }

  contextToScreen(context) {
    return this.toScreen(this.map.coordinate(context, 0), this.model.D === 1 ? this.centre[1] : this.map.coordinate(context, 1));
  }

  /** The trial drawn under a place, -1 if none. */
  trialAt(x, y, reach = HIT) {
    let best = reach * reach;
    let found = -1;
    for (let k = 0; k < this.x.length; k++) {
      const gap = (this.x[k] - x) ** 2 + (this.y[k] - y) ** 2;
      if (gap <= best && this.usable[k]) {
        best = gap;
        found = k;
      }
    }
    return found;
  }

  /** Ground, shade, grid and trials: drawn once for a size, a colouring and a theme. */
  drawGround(ctx, theme, colours) {
    const { surface } = this;
    this.place();
    const image = ctx.createImageData(surface.canvas.width, surface.canvas.height);
    const sd = Math.min(24, Math.max(12, 0.036 * Math.min(surface.width, surface.height)));
    paintDensity({ x: this.x, y: this.y, rgb: colours.rgb, usable: this.usable }, image, surface.ratio, sd, theme.panelRgb, theme.dark ? 0.62 : 0.55);
    ctx.putImageData(image, 0, 0);
    this.drawGrid(ctx, theme);
    this.drawTrials(ctx, theme, colours);
  }

  drawGrid(ctx, theme) {
    const { width, height } = this.surface;
    const step = niceStep(70 / this.scale);
    ctx.beginPath();
    const [left, top] = this.fromScreen(0, 0);
    const [right, bottom] = this.fromScreen(width, height);
    for (let v = Math.ceil(left / step) * step; v < right; v += step) {
      const x = Math.round(this.toScreen(v, 0)[0]) + 0.5;
      ctx.moveTo(x, 0);
      ctx.lineTo(x, height);
    }
    for (let v = Math.ceil(bottom / step) * step; v < top && this.model.D > 1; v += step) {
      const y = Math.round(this.toScreen(0, v)[1]) + 0.5;
      ctx.moveTo(0, y);
      ctx.lineTo(width, y);
    }
    ctx.strokeStyle = theme.grid;
    ctx.lineWidth = 1;
    ctx.globalCompositeOperation = theme.dark ? 'lighten' : 'multiply';
    ctx.stroke();
    ctx.globalCompositeOperation = 'source-over';
  }

  /** Drawn over the ground: it stays readable where that pales. */
  nameAxes(ctx, theme) {
    const { width, height } = this.surface;
    ctx.fillStyle = theme.muted;
    ctx.textAlign = 'right';
    ctx.fillText('PC 1 \u2192', width - 12, height - 12);
    ctx.textAlign = 'left';
    if (this.model.D > 1) ctx.fillText('PC 2 \u2191', 14, 12);
  }

  drawTrials(ctx, theme, colours) {
    const K = this.x.length;
    const radius = K > 4000 ? 1.6 : K > 1200 ? 2.3 : K > 400 ? 2.9 : 3.6;
    const outlined = K <= 1200;
    const groups = new Map();
    for (let k = 0; k < K; k++) {
      if (!this.usable[k]) continue;
      const key = this.hollow[k] ? `h${colours.fill[k]}` : colours.fill[k];
      if (!groups.has(key)) groups.set(key, { hollow: this.hollow[k], colour: colours.fill[k], members: [] });
      groups.get(key).members.push(k);
    }
    for (const { hollow, colour, members } of groups.values()) {
      for (const part of outlined ? members.map((k) => [k]) : [members]) {
        ctx.beginPath();
        for (const k of part) {
          ctx.moveTo(this.x[k] + radius, this.y[k]);
          ctx.arc(this.x[k], this.y[k], radius, 0, 2 * Math.PI);
        }
        ctx.fillStyle = hollow ? theme.panel : colour;
        ctx.fill();
        if (hollow || outlined) {
          ctx.strokeStyle = hollow ? colour : theme.panel;
          ctx.lineWidth = hollow ? 1.4 : 0.9;
          ctx.stroke();
        }
      }
    }
  }

  /**
   * @param {object} theme @param {object} colours
   * @param {{context: Float64Array, nearest: number, off: boolean, distance: string, pins: (Float64Array | null)[]}} state
   */
  draw(theme, colours, { context, nearest, off, distance, pins }) {
    if (this.stale) this.version += 1;
    this.stale = false;
    const ctx = this.surface.beginOn(theme, this.version, (still) => this.drawGround(still, theme, colours), off ? 0.5 : 1);
    this.nameAxes(ctx, theme);
    const [px, py] = this.contextToScreen(context);
    const places = pins.map((pin) => pin && this.contextToScreen(pin));
    if (places[0] && places[1]) {
      ctx.setLineDash([4, 4]);
      line(ctx, ...places[0], ...places[1], theme.muted, 1.2);
      ctx.setLineDash([]);
    }
    if (nearest >= 0) {
      line(ctx, px, py, this.x[nearest], this.y[nearest], off ? theme.warning : theme.muted, 1);
      disc(ctx, this.x[nearest], this.y[nearest], 6.5, null, theme.ink, 1.4);
    }
    const under = (place) => place && Math.hypot(place[0] - px, place[1] - py) < 5;
    places.forEach((place, i) => place && !under(place) && drawPin(ctx, place, 'AB'[i], theme));
    drawProbe(ctx, px, py, off ? theme.warning : theme.ink, theme.panel);
    const on = places.findIndex(under);
    if (on >= 0) drawLetter(ctx, px, py, 'AB'[on], theme);
    if (off) this.label(ctx, px, py, `off the data \u00b7 ${distance} SD`, theme);
  }

  label(ctx, x, y, text, theme) {
    ctx.font = font(11.5, 550);
    const width = ctx.measureText(text).width;
    const left = Math.max(6, Math.min(this.surface.width - width - 18, x - width / 2 - 6));
    const top = y > 44 ? y - 38 : y + 18;
    ctx.fillStyle = theme.panel;
    ctx.globalAlpha = 0.9;
    ctx.fillRect(left, top, width + 12, 20);
    ctx.globalAlpha = 1;
    ctx.fillStyle = theme.warningText;
    ctx.textBaseline = 'middle';
    ctx.fillText(text, left + 6, top + 10.5);
  }

  release() {
    this.surface.release();
  }
}

function drawProbe(ctx, x, y, ink, halo) {
  disc(ctx, x, y, 11, null, halo, 6);
  disc(ctx, x, y, 11, null, ink, 2.4);
  disc(ctx, x, y, 4.2, halo);
  disc(ctx, x, y, 2.8, ink);
}

function drawPin(ctx, [x, y], letter, theme) {
  disc(ctx, x, y, 9, theme.panel, theme.ink, 1.6);
  drawLetter(ctx, x, y, letter, theme);
}

function drawLetter(ctx, x, y, letter, theme) {
  disc(ctx, x, y, 6, theme.panel);
  ctx.fillStyle = theme.ink;
  ctx.font = font(11, 650);
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillText(letter, x, y + 0.5);
  ctx.textAlign = 'left';
}

function extent(values, usable) {
  let low = Infinity, high = -Infinity;
  for (let k = 0; k < values.length; k++) {
    if (!usable[k]) continue;
    low = Math.min(low, values[k]);
    high = Math.max(high, values[k]);
  }
  if (!(low <= high)) return { low: -1, high: 1 };
  const pad = 0.12 * (high - low);
  return { low: low - pad, high: high + pad };
}
