import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseColumn, colouring } from '../src/colouring.js';
import { duration, fixed, niceStep, significant } from '../src/format.js';
import { continuousRamp, cyclicRamp, divergingRamp, rgbOf } from '../src/palette.js';
import { themeFor } from '../src/theme.js';

const theme = themeFor(false);
const column = (form, values) => ({ name: 'x', form, values });

function luminance([r, g, b]) {
  const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

test('text has a contrast of 4.5 or more on both grounds', () => {
  for (const dark of [false, true]) {
    const { panel, ink, muted } = themeFor(dark);
    for (const text of [ink, muted]) assert.ok(contrast(rgbOf(text), rgbOf(panel)) >= 4.5, `${text} on ${panel}`);
  }
  assert.ok(contrast(rgbOf('#c24e00'), rgbOf('#ffffff')) >= 4.5);
});

test('the even map gets lighter at every step; the cyclic one ends where it began; the diverging one has the ground in the middle', () => {
  for (const dark of [false, true]) {
    const steps = continuousRamp(dark).filter((_, i) => i % 15 === 0).map(luminance);
    for (let i = 1; i < steps.length; i++) assert.ok(steps[i] > steps[i - 1]);
    const wheel = cyclicRamp(dark);
    wheel[0].forEach((v, i) => assert.ok(Math.abs(v - wheel[255][i]) <= 1));
  }
  const middle = divergingRamp('#0000ff', '#ffffff', '#ff0000')[128];
  assert.ok(Math.min(...middle) > 250);
});

test('the same label has the same colour, missing ones are named and counted', () => {
  const { fill, legend } = colouring(column('categorical', ['b', 'a', null, 'b', '']), 5, theme);
  assert.equal(fill[0], fill[3]);
  assert.notEqual(fill[0], fill[1]);
  assert.deepEqual(legend.entries.map(({ label, count }) => [label, count]), [['a', 1], ['b', 2], ['missing', 2]]);
});

test('forty categories have forty colours', () => {
  const { fill } = colouring(column('categorical', Array.from({ length: 40 }, (_, i) => `c${i}`)), 40, theme);
  assert.equal(new Set(fill).size, 40);
});

test('an angle just below pi has nearly the colour of one just above minus pi', () => {
  const { rgb, legend } = colouring(column('cyclic', [-3.14, 3.14, 0]), 3, theme);
  for (let c = 0; c < 3; c++) assert.ok(Math.abs(rgb[c] - rgb[3 + c]) < 8);
  assert.deepEqual(legend.ticks, ['\u2212\u03c0', '0', '\u03c0 rad']);
});

test('a continuous column with one value, or none, still has colours', () => {
  assert.equal(colouring(column('continuous', [2, 2]), 2, theme).fill.length, 2);
  assert.deepEqual(colouring(column('continuous', [null, null]), 2, theme).legend.entries.map((e) => e.label), ['missing']);
  assert.equal(colouring(null, 3, theme).fill.length, 3);
});

test('the column to colour by: asked for, label, first that is not the split', () => {
  const trials = ['split', 'kind', 'angle'].map((name) => ({ name }));
  assert.equal(chooseColumn(trials, 'angle', 'kind').name, 'angle');
  assert.equal(chooseColumn(trials, 'gone', 'kind').name, 'kind');
  assert.equal(chooseColumn(trials, undefined, null).name, 'kind');
  assert.equal(chooseColumn([], 'x', 'y'), null);
});

test('numbers for people', () => {
  assert.equal(fixed(-0.004, 2), '0.00');
  assert.equal(fixed(-1.5, 1), '\u22121.5');
  assert.equal(significant(0.012345), '0.0123');
  assert.deepEqual(duration(0.0951), ['95.1', 'ms']);
  assert.deepEqual(duration(NaN), ['\u2013', '']);
  assert.deepEqual([0.013, 0.3, 70].map(niceStep).map((v) => Number(v.toPrecision(6))), [0.01, 0.2, 50]);
});
