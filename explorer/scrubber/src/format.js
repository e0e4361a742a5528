/** Numbers and words for people. */

const MINUS = '\u2212';

/** Fixed decimals with a true minus sign; an en dash when there is no number. */
export function fixed(value, decimals) {
  if (!Number.isFinite(value)) return '\u2013';
  const text = value.toFixed(decimals);
  const zero = Number(text) === 0;
  return text.startsWith('-') ? (zero ? text.slice(1) : MINUS + text.slice(1)) : text;
}

/** Three significant digits without an exponent where that is short. */
export function significant(value, digits = 3) {
  if (!Number.isFinite(value)) return '\u2013';
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size < -4 || size > 6) return value.toExponential(digits - 1).replace('-', MINUS);
  return fixed(value, Math.max(0, digits - 1 - size));
}

/** A duration as [number, unit]: ms below a second. */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return ['\u2013', ''];
  const size = Math.abs(seconds);
  if (size < 1) return [significant(seconds * 1000, size < 0.01 ? 2 : 3), 'ms'];
  if (size < 1000) return [significant(seconds, 3), 's'];
  return [`>${fixed(1000, 0)}`, 's'];
}

/** A cell of the trial table: numbers shortened, missing named. */
export function cell(value) {
  if (value === null || value === undefined || value === '') return 'missing';
  if (typeof value === 'number') return Number.isInteger(value) ? fixed(value, 0) : significant(value, Math.abs(value) >= 100 ? 6 : 4);
  return String(value);
}

/** A step of 1, 2 or 5 times a power of ten, near `raw`. */
export function niceStep(raw) {
  const unit = 10 ** Math.floor(Math.log10(raw));
  const part = raw / unit;
  return (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10) * unit;
}

/** A column's name for reading: underscores become spaces. */
export function words(name) {
  return name.replaceAll('_', ' ');
}
