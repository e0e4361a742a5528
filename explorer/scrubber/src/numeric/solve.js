/** Small dense linear systems. */

/**
 * Solve a x = b by elimination with partial pivoting; both are overwritten, b with the solution.
 * @param {Float64Array} a (n, n) row-major
 * @param {Float64Array} b (n,)
 * @param {number} n
 * @returns {boolean} false where a pivot is zero or not a number
 */
export function solve(a, b, n) {
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) if (Math.abs(a[row * n + column]) > Math.abs(a[pivot * n + column])) pivot = row;
    const top = a[pivot * n + column];
    if (!(Math.abs(top) > 0)) return false;
    if (pivot !== column) {
      for (let j = column; j < n; j++) [a[pivot * n + j], a[column * n + j]] = [a[column * n + j], a[pivot * n + j]];
      [b[pivot], b[column]] = [b[column], b[pivot]];
    }
    for (let row = column + 1; row < n; row++) {
      const factor = a[row * n + column] / top;
      if (factor === 0) continue;
      for (let j = column + 1; j < n; j++) a[row * n + j] -= factor * a[column * n + j];
      b[row] -= factor * b[column];
    }
  }
  for (let row = n - 1; row >= 0; row--) {
    let sum = b[row];
    for (let j = row + 1; j < n; j++) sum -= a[row * n + j] * b[j];
    b[row] = sum / a[row * n + row];
  }
  return true;
}
