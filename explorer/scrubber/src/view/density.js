/** Where the contexts lie, as a soft shade in their colours. */

const CELL = 6;

/**
 * Kernel density of points with the mean colour of the points around, blended over the ground.
 * @param {{x: Float64Array, y: Float64Array, rgb: Uint8Array, usable: Uint8Array}} points in CSS pixels
 * @param {ImageData} image target in device pixels, written opaque
 * @param {number} ratio device pixels a CSS pixel
 * @param {number} sd of the kernel, CSS pixels
 * @param {number[]} ground [r, g, b]
 * @param {number} strength largest opacity, 0..1
 */
export function paintDensity(points, image, ratio, sd, ground, strength) {
  const columns = Math.ceil(image.width / ratio / CELL) + 2;
  const rows = Math.ceil(image.height / ratio / CELL) + 2;
  const planes = [0, 1, 2, 3].map(() => new Float32Array(columns * rows));
  for (let k = 0; k < points.x.length; k++) {
    if (!points.usable[k]) continue;
    const column = Math.round(points.x[k] / CELL);
    const row = Math.round(points.y[k] / CELL);
    if (column < 0 || row < 0 || column >= columns || row >= rows) continue;
    const at = row * columns + column;
    planes[3][at] += 1;
    for (let c = 0; c < 3; c++) planes[c][at] += points.rgb[3 * k + c];
  }
  for (const plane of planes) blur(plane, columns, rows, sd / CELL);
  blend(planes, columns, rows, image, ratio, ground, strength);
}

function blur(plane, columns, rows, sd) {
  const reach = Math.ceil(3 * sd);
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / sd) ** 2));
  const scratch = new Float32Array(plane.length);
  spread(plane, scratch, rows, columns, columns, 1, kernel, reach);
  plane.fill(0);
  spread(scratch, plane, columns, rows, 1, columns, kernel, reach);
}

/** Each filled cell of every line gives to its neighbours in the line: cheap where few cells are filled. */
function spread(from, to, lines, length, lineStep, step, kernel, reach) {
  for (let l = 0; l < lines; l++) {
    for (let i = 0; i < length; i++) {
      const value = from[l * lineStep + i * step];
      if (value === 0) continue;
      const low = Math.max(0, i - reach);
      const high = Math.min(length - 1, i + reach);
      for (let j = low; j <= high; j++) to[l * lineStep + j * step] += value * kernel[j - i + reach];
    }
  }
}

function blend(planes, columns, rows, image, ratio, ground, strength) {
  const [red, green, blue, weight] = planes;
  let most = 0;
  for (const w of weight) most = Math.max(most, w);
  const half = 0.3 * most || 1;
  const out = image.data;
  const scale = 1 / (ratio * CELL);
  for (let y = 0, at = 0; y < image.height; y++) {
    const gy = y * scale;
    const row = Math.floor(gy);
    const fy = gy - row;
    for (let x = 0; x < image.width; x++, at += 4) {
      const gx = x * scale;
      const column = Math.floor(gx);
      const fx = gx - column;
      const i = row * columns + column;
      const j = row + 1 < rows ? i + columns : i;
      const w = mix(weight, i, j, fx, fy);
      if (w < 1e-3 * half) {
        out[at] = ground[0];
        out[at + 1] = ground[1];
        out[at + 2] = ground[2];
      } else {
        const alpha = (strength * w) / (w + half);
        out[at] = ground[0] + alpha * (mix(red, i, j, fx, fy) / w - ground[0]);
        out[at + 1] = ground[1] + alpha * (mix(green, i, j, fx, fy) / w - ground[1]);
        out[at + 2] = ground[2] + alpha * (mix(blue, i, j, fx, fy) / w - ground[2]);
      }
      out[at + 3] = 255;
    }
  }
}

function mix(plane, i, j, fx, fy) {
  const top = plane[i] + fx * (plane[i + 1] - plane[i]);
  return top + fy * (plane[j] + fx * (plane[j + 1] - plane[j]) - top);
}
