/** Eigenvalues of a real square matrix: balancing, Hessenberg form, Francis double-shift QR (the EISPACK method). */

const EPS = 2 ** -52;

/**
 * @param {Float64Array} a (n, n) row-major; overwritten
 * @param {number} n
 * @param {Float64Array} re (n,) real parts, written
 * @param {Float64Array} im (n,) imaginary parts, written; conjugate pairs stand together, the positive one first
 * @returns {boolean} false if the iteration did not converge (60 sweeps for one eigenvalue)
 */
export function eigenvalues(a, n, re, im) {
  for (let i = 0; i < n * n; i++) if (!Number.isFinite(a[i])) return false;
  balance(a, n);
  hessenberg(a, n);
  return francis(a, n, re, im);
}

/** Scale rows and columns by powers of two until their norms are alike. */
function balance(a, n) {
  for (let done = false; !done; ) {
    done = true;
    for (let i = 0; i < n; i++) {
      let row = 0, column = 0;
      for (let j = 0; j < n; j++) {
        if (j === i) continue;
        column += Math.abs(a[j * n + i]);
        row += Math.abs(a[i * n + j]);
      }
      if (row === 0 || column === 0) continue;
      const sum = column + row;
      let factor = 1;
      for (; column < row / 2; column *= 4) factor *= 2;
      for (; column > row * 2; column /= 4) factor /= 2;
      if ((column + row) / factor >= 0.95 * sum) continue;
      done = false;
      for (let j = 0; j < n; j++) a[i * n + j] /= factor;
      for (let j = 0; j < n; j++) a[j * n + i] *= factor;
    }
  }
}

/** Upper Hessenberg form by elimination with pivoting; what lies below the subdiagonal is cleared. */
function hessenberg(a, n) {
  for (let m = 1; m < n - 1; m++) {
    let pivot = 0, at = m;
    for (let j = m; j < n; j++) {
      if (Math.abs(a[j * n + m - 1]) > Math.abs(pivot)) {
        pivot = a[j * n + m - 1];
        at = j;
      }
    }
    if (pivot === 0) continue;
    if (at !== m) {
      for (let j = m - 1; j < n; j++) swap(a, at * n + j, m * n + j);
      for (let j = 0; j < n; j++) swap(a, j * n + at, j * n + m);
    }
    for (let i = m + 1; i < n; i++) {
      const factor = a[i * n + m - 1] / pivot;
      if (factor === 0) continue;
      for (let j = m - 1; j < n; j++) a[i * n + j] -= factor * a[m * n + j];
      for (let j = 0; j < n; j++) a[j * n + m] += factor * a[j * n + i];
    }
  }
  for (let i = 2; i < n; i++) for (let j = 0; j < i - 1; j++) a[i * n + j] = 0;
}

function swap(a, i, j) {
  const kept = a[i];
  a[i] = a[j];
  a[j] = kept;
}

function francis(a, n, re, im) {
  let norm = 0;
  for (let i = 0; i < n; i++) for (let j = Math.max(i - 1, 0); j < n; j++) norm += Math.abs(a[i * n + j]);
  let shift = 0;
  let last = n - 1;
  let sweeps = 0;
  while (last >= 0) {
    const low = lowestSmall(a, n, last, norm);
    const x = a[last * n + last];
    if (low === last) {
      re[last] = x + shift;
      im[last] = 0;
      last -= 1;
      sweeps = 0;
      continue;
    }
    const y = a[(last - 1) * n + last - 1];
    const w = a[last * n + last - 1] * a[(last - 1) * n + last];
    if (low === last - 1) {
      pair(x, y, w, shift, last, re, im);
      last -= 2;
      sweeps = 0;
      continue;
    }
    if (sweeps === 60) return false;
    let sx = x, sy = y, sw = w;
    if (sweeps > 0 && sweeps % 10 === 0) {
      shift += x;
      for (let i = 0; i <= last; i++) a[i * n + i] -= x;
      const s = Math.abs(a[last * n + last - 1]) + Math.abs(a[(last - 1) * n + last - 2]);
      sx = sy = 0.75 * s;
      sw = -0.4375 * s * s;
    }
    sweeps += 1;
    sweep(a, n, low, last, sx, sy, sw);
  }
  return true;
}

/** The row from which the active block reaches down to `last` without a negligible subdiagonal. */
function lowestSmall(a, n, last, norm) {
  for (let l = last; l > 0; l--) {
    let scale = Math.abs(a[(l - 1) * n + l - 1]) + Math.abs(a[l * n + l]);
    if (scale === 0) scale = norm;
    if (Math.abs(a[l * n + l - 1]) <= EPS * scale) {
      a[l * n + l - 1] = 0;
      return l;
    }
  }
  return 0;
}

function pair(x, y, w, shift, last, re, im) {
  const p = 0.5 * (y - x);
  const q = p * p + w;
  const z = Math.sqrt(Math.abs(q));
  if (q >= 0) {
    const far = p + (p >= 0 ? z : -z);
    re[last - 1] = x + shift + far;
    re[last] = far === 0 ? x + shift + far : x + shift - w / far;
    im[last - 1] = im[last] = 0;
  } else {
    re[last - 1] = re[last] = x + shift + p;
    im[last - 1] = z;
    im[last] = -z;
  }
}

/** One double QR step on rows and columns low..last. */
function sweep(a, n, low, last, x, y, w) {
  let p = 0, q = 0, r = 0, m = last - 2;
  for (; m >= low; m--) {
    const z = a[m * n + m];
    const rx = x - z;
    const sy = y - z;
    p = (rx * sy - w) / a[(m + 1) * n + m] + a[m * n + m + 1];
    q = a[(m + 1) * n + m + 1] - z - rx - sy;
    r = a[(m + 2) * n + m + 1];
    const scale = Math.abs(p) + Math.abs(q) + Math.abs(r);
    p /= scale;
    q /= scale;
    r /= scale;
    if (m === low) break;
    const small = Math.abs(a[m * n + m - 1]) * (Math.abs(q) + Math.abs(r));
    const around = Math.abs(p) * (Math.abs(a[(m - 1) * n + m - 1]) + Math.abs(z) + Math.abs(a[(m + 1) * n + m + 1]));
    if (small <= EPS * around) break;
  }
  for (let i = m + 2; i <= last; i++) {
    a[i * n + i - 2] = 0;
    if (i > m + 2) a[i * n + i - 3] = 0;
  }
  for (let k = m; k < last; k++) {
    const inner = k + 1 < last;
    let scale = 0;
    if (k !== m) {
      p = a[k * n + k - 1];
      q = a[(k + 1) * n + k - 1];
      r = inner ? a[(k + 2) * n + k - 1] : 0;
      scale = Math.abs(p) + Math.abs(q) + Math.abs(r);
      if (scale === 0) continue;
      p /= scale;
      q /= scale;
      r /= scale;
    }
    const length = Math.sqrt(p * p + q * q + r * r);
    const s = p >= 0 ? length : -length;
    if (s === 0) continue;
    if (k === m) {
      if (low !== m) a[k * n + k - 1] = -a[k * n + k - 1];
    } else {
      a[k * n + k - 1] = -s * scale;
    }
    p += s;
    const hx = p / s;
    const hy = q / s;
    const hz = r / s;
    q /= p;
    r /= p;
    for (let j = k; j <= last; j++) {
      let sum = a[k * n + j] + q * a[(k + 1) * n + j];
      if (inner) {
        sum += r * a[(k + 2) * n + j];
        a[(k + 2) * n + j] -= sum * hz;
      }
      a[(k + 1) * n + j] -= sum * hy;
      a[k * n + j] -= sum * hx;
    }
    const bottom = Math.min(last, k + 3);
    for (let i = low; i <= bottom; i++) {
      let sum = hx * a[i * n + k] + hy * a[i * n + k + 1];
      if (inner) {
        sum += hz * a[i * n + k + 2];
        a[i * n + k + 2] -= sum * r;
      }
      a[i * n + k + 1] -= sum * q;
      a[i * n + k] -= sum;
    }
  }
}
