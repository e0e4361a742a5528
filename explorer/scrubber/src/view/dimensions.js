/** Sliders whose tracks are histograms: the context's dimensions, or its first eight principal components above eight. */

import { fixed } from '../format.js';
import { Surface, disc, font, line } from './surface.js';

const BINS = 16;
const MOST = 8;

export class DimensionsView {
  constructor(canvas) {
    this.surface = new Surface(canvas);
    this.version = 0;
  }

  load(model, engine) {
    const { K, D, contexts } = model;
    this.engine = engine;
    this.components = D > MOST;
    this.count = Math.min(D, MOST);
    this.version += 1;
    const usable = engine.neighbours.usable;
    this.tracks = Array.from({ length: this.count }, (_, i) => {
      const values = [];
      for (let k = 0; k < K; k++) {
        if (usable[k]) values.push(this.components ? engine.map.coordinate(contexts, i, k * D) : contexts[k * D + i]);
      }
      return track(values);
    });
  }

  name(i) {
    return this.components ? `${i + 1}` : `c${i + 1}`;
  }

  value(context, i) {
    return this.components ? this.engine.map.coordinate(context, i) : context[i];
  }

  /** Put dimension i of `context` at `value`, within the track. */
  set(context, i, value) {
    const { low, high } = this.tracks[i];
    const kept = Math.min(high, Math.max(low, value));
    if (this.components) this.engine.map.setCoordinate(context, i, kept);
    else context[i] = kept;
  }

  measure() {
    this.surface.measure();
  }

  /** Where the tracks lie: as many in a row as fit. */
  places() {
    const { width, height } = this.surface;
    const columns = Math.max(1, Math.min(this.count, Math.floor((width - 14) / 58)));
    const rows = Math.ceil(this.count / columns);
    const cell = (width - 14) / columns;
    return Array.from({ length: this.count }, (_, i) => ({
      left: 14 + (i % columns) * cell,
      width: Math.min(cell - 14, 120),
      top: (Math.floor(i / columns) * height) / rows,
      height: height / rows,
    }));
  }

  draw(theme, context) {
    const places = this.places();
    const ctx = this.surface.beginOn(theme, this.version, (still) => this.drawTracks(still, theme, places));
    ctx.font = font(11);
    ctx.textAlign = 'right';
    places.forEach((place, i) => {
      const { low, high } = this.tracks[i];
      const base = place.top + place.height - 26;
      const value = this.value(context, i);
      const part = (value - low) / (high - low);
      const outside = part < -1e-9 || part > 1 + 1e-9;
      disc(ctx, place.left + Math.min(1, Math.max(0, part)) * place.width, base, 5, outside ? theme.warning : theme.ink, theme.panel, 1);
      ctx.fillStyle = theme.ink;
      ctx.fillText(fixed(value, 2), place.left + place.width, base + 16);
    });
    ctx.textAlign = 'left';
  }

  /** Histograms, their base lines and names. */
  drawTracks(ctx, theme, places) {
    ctx.fillStyle = theme.bars;
    ctx.beginPath();
    places.forEach((place, i) => {
      const { bars } = this.tracks[i];
      const base = place.top + place.height - 26;
      const rise = Math.max(8, place.height - 34);
      for (let b = 0; b < BINS; b++) {
        const h = bars[b] ? Math.max(1.5, bars[b] * rise) : 0;
        ctx.rect(place.left + (b * place.width) / BINS, base - h, Math.max(1, place.width / BINS - 1), h);
      }
    });
    ctx.fill();
    places.forEach((place, i) => {
      const base = place.top + place.height - 26;
      line(ctx, place.left, base + 0.5, place.left + place.width, base + 0.5, theme.bars);
      ctx.fillStyle = theme.muted;
      ctx.fillText(this.name(i), place.left, base + 16);
    });
  }

  release() {
    this.surface.release();
  }
}

function track(values) {
  let low = Infinity, high = -Infinity;
  for (const v of values) {
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  if (!(low <= high)) [low, high] = [-1, 1];
  const pad = 0.2 * (high - low) || 1;
  low -= pad;
  high += pad;
  const bars = new Float64Array(BINS);
  for (const v of values) bars[Math.min(BINS - 1, Math.floor((BINS * (v - low)) / (high - low)))] += 1;
  const most = Math.max(...bars) || 1;
  return { low, high, bars: bars.map((n) => n / most) };
}
