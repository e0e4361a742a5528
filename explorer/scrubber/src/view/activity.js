/** Generated and recorded activity, side by side, same neurons in the same order and the same colours. */

import { fixed, significant } from '../format.js';
import { activityLimit, meanScores, peakOrder, reconstruct } from '../numeric/sorting.js';
import { Surface } from './surface.js';

const TOP = 20;
const BOTTOM = 24;
const LEFT = 14;
const GAP = 14;

export class ActivityView {
  constructor(canvas) {
    this.surface = new Surface(canvas);
    this.cells = document.createElement('canvas');
    this.cellsCtx = this.cells.getContext('2d', { alpha: false });
    this.sort = 'all';
  }

  load(model) {
    const { T, N } = model;
    this.model = model;
    this.recorded = new Float64Array(T * N);
    this.shownTrial = -1; // and where anything but the generated half must be drawn anew
    this.limit = activityLimit(model);
    this.meanOrder = peakOrder(model, meanScores(model), null);
    this.order = this.meanOrder;
    this.cells.width = 2 * T;
    this.cells.height = N;
    this.image = this.cellsCtx.createImageData(2 * T, N);
    this.words = new Uint32Array(this.image.data.buffer);
  }

  measure() {
    if (this.surface.measure()) this.shownTrial = -1;
  }

  /** Sort by the mean over training trials ('all') or by the trial that the probe was last snapped to. */
  sortBy(sort, engine, trial) {
    this.sort = sort;
    this.order = this.meanOrder;
    if (sort === 'trial' && trial >= 0) {
      const kept = engine.recordedTrial;
      engine.loadRecorded(trial);
      this.order = peakOrder(this.model, engine.recordedScores, engine.recordedMask);
      if (kept >= 0) engine.loadRecorded(kept);
    }
    this.shownTrial = -1;
  }

  /** New colours: the recorded half must be painted again too. */
  restyle() {
    this.shownTrial = -1;
  }

  draw(theme, engine) {
    const { T, N } = this.model;
    const { surface } = this;
    const { trial } = engine.nearest;
    const width = Math.floor((surface.width - 2 * LEFT - GAP) / 2);
    const height = surface.height - TOP - BOTTOM;
    if (width < 8 || height < 8) return;
    this.place = { lefts: [LEFT, LEFT + width + GAP], width, height };
    this.paint(engine.activity, 0, theme);
    const whole = trial < 0 || trial !== this.shownTrial;
    if (whole) {
      if (trial >= 0) reconstruct(this.model, engine.recordedScores, engine.recordedMask, this.recorded);
      else this.recorded.fill(NaN);
      this.paint(this.recorded, T, theme);
      this.shownTrial = trial;
    }
    const ctx = whole ? surface.begin(theme) : surface.ctx;
    this.cellsCtx.putImageData(this.image, 0, 0, 0, 0, whole ? 2 * T : T, N);
    ctx.imageSmoothingEnabled = N > height * surface.ratio || T > width * surface.ratio;
    for (let i = 0; i < (whole ? 2 : 1); i++) ctx.drawImage(this.cells, i * T, 0, T, N, this.place.lefts[i], TOP, width, height);
    if (whole) this.drawWords(ctx, theme, trial);
  }

  /** What the halves are, and their times. */
  drawWords(ctx, theme, trial) {
    const { lefts, width, height } = this.place;
    ctx.fillStyle = theme.muted;
    ctx.fillText('generated', lefts[0], 9);
    ctx.fillText(trial >= 0 ? `recorded, trial ${trial}` : 'no trial', lefts[1], 9);
    this.drawTimes(ctx, lefts, width, TOP + height + 11);
  }

  drawTimes(ctx, lefts, width, y) {
    const seconds = this.model.T * this.model.dataDt;
    const decimals = seconds < 4 ? 2 : seconds < 40 ? 1 : 0;
    for (const left of lefts) {
      ['left', 'center', 'right'].forEach((align, i) => {
        if (i === 1 && width < 150) return;
        ctx.textAlign = align;
        ctx.fillText(`${fixed((seconds * i) / 2, decimals)} s`, left + (width * i) / 2, y);
      });
    }
    ctx.textAlign = 'left';
  }

  paint(values, column, theme) {
    const { T, N } = this.model;
    const { words, order } = this;
    const colours = theme.divergingWords;
    const factor = 127.5 / this.limit;
    for (let row = 0; row < N; row++) {
      const n = order[row];
      let at = row * 2 * T + column;
      for (let t = 0; t < T; t++, at++) {
        const value = values[t * N + n];
        if (value !== value) words[at] = theme.gridWord;
        else {
          const index = (value * factor + 128) | 0;
          words[at] = colours[index < 0 ? 0 : index > 255 ? 255 : index];
        }
      }
    }
  }

  /** What stands under a place: lines of text, or null. */
  describe(x, y, engine) {
    if (!this.place) return null;
    const { lefts, width, height } = this.place;
    const side = x >= lefts[1] ? 1 : 0;
    const [u, v] = [(x - lefts[side]) / width, (y - TOP) / height];
    if (!(u >= 0 && u < 1 && v >= 0 && v < 1)) return null;
    const { T, N, dataDt, scaleMean, scaleSd, dataset, neurons } = this.model;
    const [t, n] = [Math.floor(u * T), this.order[Math.floor(v * N)]];
    const unit = dataset.unit ? ` ${dataset.unit}` : '';
    const raw = (scaled) => (scaleSd[n] === 1 && scaleMean[n] === 0 ? '' : ` = ${significant(scaled * scaleSd[n] + scaleMean[n])}${unit}`);
    const say = (scaled) => (Number.isFinite(scaled) ? `${fixed(scaled, 2)} z${raw(scaled)}` : 'not recorded');
    return {
      title: `neuron ${n} \u00b7 ${fixed(t * dataDt, 3)} s`,
      rows: [['generated', say(engine.activity[t * N + n])], ['recorded', say(this.recorded[t * N + n])],
        ...neurons.slice(0, 4).map((column) => [column.name, column.values[n]])],
    };
  }

  release() {
    this.surface.release();
    this.cells.width = this.cells.height = 0;
  }
}
