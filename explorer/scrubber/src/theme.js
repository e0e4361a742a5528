/** Colours and type of the two grounds. */

import { asWords, continuousRamp, cyclicRamp, divergingRamp, rgbOf } from './palette.js';

const TOKENS = {
  light: {
    panel: '#ffffff', ink: '#16181d', muted: '#6b7280', hairline: '#e5e7eb', grid: '#eef0f3', warning: '#D55E00', warningText: '#b84e00', bars: '#cfd3da', missing: '#a3a9b3',
    categories: ['#0072B2', '#D98200', '#009E73', '#C2609A', '#56B4E9', '#B8A800', '#7A52A3', '#6b7280'],
    negative: '#0b5aa6', positive: '#b8430f',
  },
  dark: {
    panel: '#12161d', ink: '#e8eaed', muted: '#8b949e', hairline: '#252b35', grid: '#1b212a', warning: '#ff8a5c', warningText: '#ff8a5c', bars: '#39414e', missing: '#6d7683',
    categories: ['#56B4E9', '#E69F00', '#00B98A', '#DD8FC2', '#8FC7F0', '#E5DC5B', '#B79AE0', '#8b949e'],
    negative: '#5fb0ff', positive: '#ff9a6b',
  },
};

export const FONT = 'Inter, "Source Sans", system-ui, -apple-system, "Segoe UI", sans-serif';

/** @param {boolean} dark */
export function themeFor(dark) {
  const tokens = TOKENS[dark ? 'dark' : 'light'];
  return {
    ...tokens,
    dark,
    panelRgb: rgbOf(tokens.panel),
    continuous: continuousRamp(dark),
    cyclic: cyclicRamp(dark),
    diverging: divergingRamp(tokens.negative, tokens.panel, tokens.positive),
    divergingWords: asWords(divergingRamp(tokens.negative, tokens.panel, tokens.positive)),
    gridWord: asWords([rgbOf(tokens.hairline)])[0],
  };
}

/** Whether the page around an element is dark: the first opaque background above it decides. */
export function isDark(element) {
  const said = getComputedStyle(element).getPropertyValue('--st-background-color').trim();
  let rgb = parse(said);
  for (let at = element.parentElement; !rgb && at; at = at.parentElement) rgb = parse(getComputedStyle(at).backgroundColor);
  return rgb ? 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] < 128 : matchMedia('(prefers-color-scheme: dark)').matches;
}

function parse(text) {
  if (/^#[0-9a-f]{6}$/i.test(text)) return rgbOf(text);
  if (/^#[0-9a-f]{3}$/i.test(text)) return [1, 2, 3].map((i) => parseInt(text[i] + text[i], 16));
  const numbers = text.match(/^rgba?\(([^)]+)\)/)?.[1].split(/[ ,/]+/).map(Number);
  return numbers && (numbers.length < 4 || numbers[3] > 0) ? numbers.slice(0, 3) : null;
}
