/** A canvas that keeps the size of its panel and the pixels of the screen. */

import { FONT } from '../theme.js';

const MAX_RATIO = 2;

export class Surface {
  /** @param {HTMLCanvasElement} canvas its CSS size is what its parent gives it */
  constructor(canvas) {
    this.canvas = canvas;
    this.ctx = canvas.getContext('2d', { alpha: false });
    this.width = 0;
    this.height = 0;
    this.ratio = 1;
    this.still = null;
    this.stillKey = null;
  }

  /** Take the size of the element; true if anything changed. */
  measure() {
    const ratio = Math.min(MAX_RATIO, window.devicePixelRatio || 1);
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    if (width === this.width && height === this.height && ratio === this.ratio) return false;
    Object.assign(this, { width, height, ratio });
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    return true;
  }

  /** Clear with the panel's colour and draw in CSS pixels. */
  begin(theme) {
    return this.prepare(this.ctx, theme, true);
  }

  /** Everything that a drawing takes for granted; `clear`: on the panel's colour. */
  prepare(ctx, theme, clear) {
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    ctx.globalAlpha = 1;
    if (clear) {
      ctx.fillStyle = theme.panel;
      ctx.fillRect(0, 0, this.width, this.height);
    }
    ctx.lineJoin = 'round';
    ctx.lineCap = 'round';
    ctx.font = font(11);
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'left';
    return ctx;
  }

  /**
   * Begin on a ground that changes seldom and is kept as pixels: `paint(ctx)`, in CSS pixels, runs again only where `key`, the size
   * or the theme differs.
   */
  beginOn(theme, key, paint, alpha = 1) {
    const { canvas, ratio, width, height } = this;
    const wanted = `${key} ${width} ${height} ${ratio} ${theme.dark}`;
    if (this.stillKey !== wanted) {
      this.stillKey = wanted;
      this.still ??= document.createElement('canvas');
      this.still.width = canvas.width;
      this.still.height = canvas.height;
      this.stillCtx ??= this.still.getContext('2d', { alpha: false });
      paint(this.prepare(this.stillCtx, theme, true));
    }
    const ctx = this.prepare(this.ctx, theme, alpha < 1);
    ctx.globalAlpha = alpha;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.drawImage(this.still, 0, 0);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.globalAlpha = 1;
    return ctx;
  }

  /** Give the pixels back. */
  release() {
    this.canvas.width = this.canvas.height = 0;
    if (this.still) this.still.width = this.still.height = 0;
  }
}

/** A CSS font string. */
export function font(size, weight = 400) {
  return `${weight} ${size}px ${FONT}`;
}

/** A filled, outlined disc. */
export function disc(ctx, x, y, radius, fill, stroke = null, width = 1) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  if (fill) {
    ctx.fillStyle = fill;
    ctx.fill();
  }
  if (stroke) {
    ctx.strokeStyle = stroke;
    ctx.lineWidth = width;
    ctx.stroke();
  }
}

/** A straight line. */
export function line(ctx, x0, y0, x1, y1, stroke, width = 1) {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.strokeStyle = stroke;
  ctx.lineWidth = width;
  ctx.stroke();
}
