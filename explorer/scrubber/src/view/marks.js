/** Textbook marks of fixed points: filled where stable, half filled a saddle, hollow where unstable; a small diamond where only slow. */

import { disc } from './surface.js';

const RADIUS = 6;

/**
 * @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {string} kind @param {object} theme
 * @param {{chosen?: boolean, size?: number}} options
 */
export function fixedPointMark(ctx, x, y, kind, theme, { chosen = false, size = RADIUS } = {}) {
  if (kind === 'slow') {
    const r = 0.75 * size;
    ctx.beginPath();
    ctx.moveTo(x, y - r);
    ctx.lineTo(x + r, y);
    ctx.lineTo(x, y + r);
    ctx.lineTo(x - r, y);
    ctx.closePath();
    Object.assign(ctx, { fillStyle: theme.panel, strokeStyle: theme.ink, lineWidth: 1.4 });
    ctx.fill();
    ctx.stroke();
  } else {
    disc(ctx, x, y, size + 1.4, theme.panel);
    disc(ctx, x, y, size - 0.8, kind === 'stable' ? theme.ink : theme.panel, theme.ink, 1.6);
    if (kind === 'saddle') {
      ctx.beginPath();
      ctx.arc(x, y, size - 0.8, Math.PI / 2, (3 * Math.PI) / 2);
      ctx.fillStyle = theme.ink;
      ctx.fill();
    }
  }
  if (chosen) disc(ctx, x, y, size + 4, null, theme.categories[0], 1.8);
}
