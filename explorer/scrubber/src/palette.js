/** Colour maps built in OKLab, where equal steps look equal. */

/** OKLCH to [r, g, b] 0..255; chroma is reduced until the colour exists on a screen. */
export function oklch(lightness, chroma, hue) {
  for (let c = chroma; ; c -= 0.005) {
    const rgb = linear(lightness, c * Math.cos(hue), c * Math.sin(hue));
    if (c <= 0 || rgb.every((v) => v >= -1e-4 && v <= 1.0001)) return rgb.map(encode);
  }
}

function linear(L, a, b) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function encode(v) {
  const clipped = Math.min(1, Math.max(0, v));
  return Math.round(255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055));
}

function toOklab([r, g, b]) {
  const [lr, lg, lb] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  const l = Math.cbrt(0.4122214708 * lr + 0.5363325363 * lg + 0.0514459929 * lb);
  const m = Math.cbrt(0.2119034982 * lr + 0.6806995451 * lg + 0.1073969566 * lb);
  const s = Math.cbrt(0.0883024619 * lr + 0.2817188376 * lg + 0.6299787005 * lb);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** '#rrggbb' to [r, g, b]. */
export function rgbOf(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

/** [r, g, b] to a CSS colour. */
export function css(rgb, alpha = 1) {
  return alpha === 1 ? `rgb(${rgb[0]},${rgb[1]},${rgb[2]})` : `rgba(${rgb[0]},${rgb[1]},${rgb[2]},${alpha})`;
}

/** n colours by a function of 0..1. */
function ramp(n, at) {
  return Array.from({ length: n }, (_, i) => at(i / (n - 1)));
}

/** 256 colours of even lightness steps, from blue by green to yellow. */
export function continuousRamp(dark) {
  const [from, to] = dark ? [0.42, 0.92] : [0.28, 0.84];
  return ramp(256, (t) => oklch(from + t * (to - from), 0.1 + 0.05 * Math.sin(Math.PI * t), ((285 - 185 * t) * Math.PI) / 180));
}

/** 256 colours round the hue circle; lightness goes round once too, so that opposite phases differ without hue. */
export function cyclicRamp(dark) {
  const middle = dark ? 0.72 : 0.6;
  return ramp(256, (t) => oklch(middle + 0.11 * Math.cos(2 * Math.PI * t), 0.13, 2 * Math.PI * t + 1.1));
}

/** 256 colours, the middle one being `middle`: `low` below zero, `high` above. */
export function divergingRamp(low, middle, high) {
  const [a, m, b] = [low, middle, high].map((hex) => toOklab(rgbOf(hex)));
  return ramp(256, (t) => {
    const end = t < 0.5 ? a : b;
    const part = Math.abs(2 * t - 1);
    return linear(...m.map((v, i) => v + part * (end[i] - v))).map(encode);
  });
}

/** n clearly different colours for many categories: the hue circle in three lightnesses. */
export function manyColours(n, dark) {
  const levels = dark ? [0.68, 0.82, 0.58] : [0.55, 0.68, 0.42];
  return Array.from({ length: n }, (_, i) => oklch(levels[i % 3], 0.13, (2 * Math.PI * i) / n + 0.4));
}

/** A CSS gradient of a ramp. */
export function gradient(colours, direction = 'to right') {
  const stops = Array.from({ length: 17 }, (_, i) => css(colours[Math.min(colours.length - 1, Math.round((i * (colours.length - 1)) / 16))]));
  return `linear-gradient(${direction}, ${stops.join(', ')})`;
}

/** The ramp as little-endian RGBA words for ImageData. */
export function asWords(colours) {
  return Uint32Array.from(colours, ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0);
}
