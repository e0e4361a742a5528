/** A bifurcation diagram: fixed points along a path, solid where stable, dashed where not; limit cycles by their extremes. */

import { fixed, niceStep, significant } from '../format.js';
import { disc, font, line } from './surface.js';

const WORDS = { fold: 'fold', pitchfork: 'pitchfork', transcritical: 'transcritical', hopf: 'Hopf', flip: 'flip' };

/** The range of everything drawn, a little wider. @returns {{low: number, high: number}} */
export function rangeOf({ branches, cycles }) {
  let low = Infinity, high = -Infinity;
  for (const { y } of branches) for (const v of y) [low, high] = [Math.min(low, v), Math.max(high, v)];
  for (const cycle of cycles) [low, high] = [Math.min(low, cycle.low), Math.max(high, cycle.high)];
  if (!(low <= high)) [low, high] = [-1, 1];
  const pad = 0.08 * (high - low) || 0.5;
  return { low: low - pad, high: high + pad };
}

/** Where a part of the path and a value lie in a box. */
export function placer({ left, right, top, bottom }, { low, high }) {
  return (at, y) => [left + at * (right - left), bottom - ((y - low) / (high - low)) * (bottom - top)];
}

/**
 * Runs of one stability along a branch, each with the point where it meets the next: [from, to, stable].
 * @param {{stable: (number | boolean)[]}} branch
 */
export function runs({ stable }) {
  const found = [];
  const last = stable.length - 1;
  for (let from = 0; from <= last; ) {
    let to = from;
    while (to < last && Boolean(stable[to + 1]) === Boolean(stable[from])) to++;
    found.push([from, Math.min(to + 1, last), Boolean(stable[from])]);
    from = to + 1;
  }
  return found;
}

/** Everything but the playhead and the points on it. @param {{left, right, top, bottom}} box in CSS pixels */
export function drawDiagram(ctx, theme, diagram, box, label) {
  const range = rangeOf(diagram);
  const place = placer(box, range);
  drawGrid(ctx, theme, box, range, place, label);
  for (const { at, low, high, stable } of diagram.cycles) {
    for (const y of [low, high]) disc(ctx, ...place(at, y), 1.9, stable ? theme.categories[0] : theme.panel, theme.categories[0], 1);
  }
  for (const above of [false, true]) {
    for (const branch of diagram.branches) {
      for (const [from, to, stable] of runs(branch)) if (stable === above) drawRun(ctx, theme, branch, from, to, stable, place);
    }
  }
  drawEvents(ctx, theme, diagram.bifurcations, box, place);
}

function drawGrid(ctx, theme, { left, right, top, bottom }, { low, high }, place, label) {
  ctx.font = font(10.5);
  const step = niceStep(((high - low) * 42) / (bottom - top));
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  ctx.textAlign = 'right';
  ctx.fillStyle = theme.muted;
  for (let i = Math.ceil(low / step); i * step <= high; i++) {
    const y = Math.round(place(0, i * step)[1]) + 0.5;
    line(ctx, left, y, right, y, theme.grid);
    ctx.fillText(fixed(i * step, decimals), left - 7, y);
  }
  ctx.textAlign = 'left';
  ctx.fillText(label, left + 4, top - 7);
}

function drawRun(ctx, theme, { at, y }, from, to, stable, place) {
  ctx.beginPath();
  ctx.moveTo(...place(at[from], y[from]));
  for (let i = from + 1; i <= to; i++) ctx.lineTo(...place(at[i], y[i]));
  Object.assign(ctx, { strokeStyle: stable ? theme.ink : theme.warning, lineWidth: stable ? 2 : 1.5 });
  ctx.lineCap = 'butt';
  ctx.setLineDash(stable ? [] : [4, 3]);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.lineCap = 'round';
  if (at.length === 1) disc(ctx, ...place(at[from], y[from]), 2, stable ? theme.ink : theme.warning);
}

/** A mark at each bifurcation, and its name where there is room for it. */
function drawEvents(ctx, theme, events, { left, right, top, bottom }, place) {
  const taken = [];
  ctx.font = font(10.5);
  ctx.textAlign = 'left';
  // The flow's own Hopf points beside the map's, whose stability is drawn: pale, and named where they are apart.
  const pale = ({ kind, of }) => kind === 'hopf' && of === 'flow';
  const others = events.filter((event) => !pale(event));
  for (const event of [...events.filter(pale), ...others]) {
    const [x, y] = place(event.at, event.y);
    drawEvent(ctx, theme, event.kind, x, y, pale(event) ? theme.muted : theme.ink);
    if (pale(event) && others.some(({ kind, at }) => kind === 'hopf' && Math.abs(at - event.at) < 0.06)) continue;
    const text = `${WORDS[event.kind]}${pale(event) ? ' (flow)' : ''}`;
    const width = ctx.measureText(text).width;
    const spots = [[x + 8, y - 9], [x + 8, y + 10], [x - 8 - width, y - 9], [x - 8 - width, y + 10]];
    const free = ([tx, ty]) => tx > left + 2 && tx + width < right && ty > top + 4 && ty < bottom - 6
      && !taken.some((other) => tx < other.x + other.width + 4 && other.x < tx + width + 4 && Math.abs(other.y - ty) < 12);
    const spot = spots.find(free);
    if (!spot) continue;
    taken.push({ x: spot[0], y: spot[1], width });
    Object.assign(ctx, { strokeStyle: theme.panel, lineWidth: 3, fillStyle: theme.muted });
    ctx.strokeText(text, ...spot);
    ctx.fillText(text, ...spot);
  }
}

/** Hopf: a ring; fold: a triangle; pitchfork and transcritical: a square; flip: a diamond. */
function drawEvent(ctx, theme, kind, x, y, colour) {
  const r = 4;
  if (kind === 'hopf') {
    disc(ctx, x, y, r, theme.panel, colour, 1.5);
    return;
  }
  const corners = { fold: [[0, -r - 0.5], [r + 0.5, r], [-r - 0.5, r]], flip: [[0, -r - 1], [r + 1, 0], [0, r + 1], [-r - 1, 0]] }[kind] ?? [[-r, -r], [r, -r], [r, r], [-r, r]];
  ctx.beginPath();
  corners.forEach(([dx, dy], i) => ctx[i ? 'lineTo' : 'moveTo'](x + dx, y + dy));
  ctx.closePath();
  Object.assign(ctx, { fillStyle: theme.panel, strokeStyle: colour, lineWidth: 1.5 });
  ctx.fill();
  ctx.stroke();
}

/** The bifurcation under a place, or null. */
export function eventAt(diagram, box, x, y) {
  const place = placer(box, rangeOf(diagram));
  let best = 9, found = null;
  for (const event of diagram.bifurcations) {
    const [px, py] = place(event.at, event.y);
    const gap = Math.hypot(px - x, py - y);
    if (gap < best) [best, found] = [gap, event];
  }
  return found;
}

/** A bifurcation for the tooltip. */
export function tellEvent({ kind, of, at, frequency }) {
  const rows = [['place on the path', fixed(at, 4)], ['of the', of === 'map' ? 'map, at this dt/\u03c4' : 'flow, in continuous time']];
  if (Number.isFinite(frequency)) rows.push(['frequency', `${significant(frequency)} Hz`]);
  const named = { fold: 'Fold: two fixed points meet and vanish', pitchfork: 'Pitchfork', transcritical: 'Transcritical: two branches exchange stability', hopf: 'Hopf: an oscillation is born', flip: 'Flip: an oscillation of two steps is born' };
  return { title: named[kind], rows };
}
