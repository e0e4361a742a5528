/** A colour for each trial from one column of the trial table, and what its legend must say. */

import { css, manyColours, rgbOf } from './palette.js';
import { cell, significant } from './format.js';

/**
 * @param {{name: string, form: string, values: any[]} | null} column
 * @param {number} K trials
 * @param {object} theme
 * @returns {{rgb: Uint8Array, fill: string[], legend: object}} rgb (K, 3); fill (K,) CSS colours;
 *   legend: {kind: 'categories', entries: [{label, colour, count}]} or {kind: 'bar', ramp, ticks, missing}
 */
export function colouring(column, K, theme) {
  if (!column) return assemble(K, () => rgbOf(theme.categories[0]), { kind: 'categories', entries: [] });
  if (column.form === 'continuous' || column.form === 'cyclic') {
    const numbers = column.values.map((v) => (typeof v === 'number' && Number.isFinite(v) ? v : typeof v === 'boolean' ? Number(v) : NaN));
    const seen = numbers.filter((v) => !Number.isNaN(v));
    if (seen.length) return column.form === 'cyclic' ? cyclic(numbers, seen, K, theme) : continuous(numbers, seen, K, theme);
  }
  return categorical(column.values, K, theme);
}

function categorical(values, K, theme) {
  const counts = new Map();
  for (const value of values) if (!isMissing(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  const labels = [...counts.keys()].sort(inOrder);
  const plain = theme.categories.map(rgbOf);
  const colours = labels.length <= plain.length ? plain : manyColours(labels.length, theme.dark);
  const colourOf = new Map(labels.map((label, i) => [label, colours[i]]));
  const missing = rgbOf(theme.missing);
  const entries = labels.map((label) => ({ label: cell(label), colour: css(colourOf.get(label)), count: counts.get(label) }));
  const absent = values.filter(isMissing).length;
  if (absent) entries.push({ label: 'missing', colour: css(missing), count: absent });
  return assemble(K, (k) => colourOf.get(values[k]) ?? missing, { kind: 'categories', entries });
}

function continuous(numbers, seen, K, theme) {
  let low = Infinity, high = -Infinity;
  for (const v of seen) {
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  const span = high > low ? high - low : 1;
  const ticks = high > low ? [low, low + span / 2, high].map((v) => significant(v)) : [significant(low)];
  const pick = (k) => theme.continuous[Math.round((255 * (numbers[k] - low)) / span)];
  return bar(numbers, seen, K, theme, pick, { ramp: theme.continuous, ticks });
}

/** Angles in radians; a turn is shown from minus half where some are negative, else from zero. */
function cyclic(numbers, seen, K, theme) {
  const turn = 2 * Math.PI;
  const signed = seen.some((v) => v < 0);
  const phase = (v) => (((v / turn + (signed ? 0.5 : 0)) % 1) + 1) % 1;
  const ticks = signed ? ['\u2212\u03c0', '0', '\u03c0 rad'] : ['0', '\u03c0', '2\u03c0 rad'];
  return bar(numbers, seen, K, theme, (k) => theme.cyclic[Math.floor(255.999 * phase(numbers[k]))], { ramp: theme.cyclic, ticks });
}

function bar(numbers, seen, K, theme, pick, legend) {
  const missing = rgbOf(theme.missing);
  const absent = numbers.length - seen.length;
  return assemble(K, (k) => (Number.isNaN(numbers[k]) ? missing : pick(k)), { kind: 'bar', ...legend, missing: absent, missingColour: css(missing) });
}

function assemble(K, pick, legend) {
  const rgb = new Uint8Array(3 * K);
  const fill = new Array(K);
  const made = new Map();
  for (let k = 0; k < K; k++) {
    const colour = pick(k);
    rgb.set(colour, 3 * k);
    if (!made.has(colour)) made.set(colour, css(colour));
    fill[k] = made.get(colour);
  }
  return { rgb, fill, legend };
}

function isMissing(value) {
  return value === null || value === undefined || value === '';
}

function inOrder(x, y) {
  return typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y), undefined, { numeric: true });
}

/** The column to colour by: the one asked for, the dataset's label, the first that is not `split`, `split`, none. */
export function chooseColumn(trials, asked, label) {
  const named = (name) => trials.find((column) => column.name === name);
  return named(asked) ?? named(label) ?? trials.find((column) => column.name !== 'split') ?? trials[0] ?? null;
}
