/** What the tests share. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const folder = new URL('./fixtures/', import.meta.url);

export function bytesOf(name) {
  return new Uint8Array(readFileSync(new URL(`${name}.safetensors`, folder)));
}

export function numbersOf(name) {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
}

/** Every number of `actual` is within `tolerance` of `expected` (which may be nested). */
export function close(actual, expected, tolerance, what = 'value') {
  const wanted = [expected].flat(Infinity);
  const found = Array.from(typeof actual === 'number' ? [actual] : actual);
  assert.equal(found.length, wanted.length, `${what}: length`);
  found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) <= tolerance, `${what}[${i}] is ${value}, expected ${wanted[i]}`));
}

/** Two sets of complex numbers ([re, im] pairs) agree, in any order: the largest distance after greedy matching. */
export function mismatch(found, expected) {
  const left = expected.map((pair) => [...pair]);
  let worst = 0;
  for (const [re, im] of found) {
    let at = -1, best = Infinity;
    left.forEach(([x, y], i) => {
      const gap = Math.hypot(re - x, im - y);
      if (gap < best) [best, at] = [gap, i];
    });
    left.splice(at, 1);
    worst = Math.max(worst, best);
  }
  return worst;
}

/** The packed file with its header changed: `change` gets the parsed header. */
export function rewritten(bytes, change) {
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
  change(header);
  const text = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(8 + text.length + bytes.length - 8 - size);
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  out.set(bytes.subarray(8 + size), 8 + text.length);
  return out;
}
