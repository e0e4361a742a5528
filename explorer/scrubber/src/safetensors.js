/** Safetensors bytes to typed arrays, refusing anything that does not add up. */

/** A model that cannot be shown: its message is one line for the person reading it. */
export class ModelError extends Error {}

const ITEM_BYTES = { F64: 8, F32: 4, F16: 2, U8: 1 };
const MAX_HEADER = 64 * 1024 * 1024;

/**
 * Parse a safetensors file.
 * @param {Uint8Array} bytes the file; may be a view at any offset of a larger buffer
 * @returns {{metadata: Record<string, string>, names: string[], has: (name: string) => boolean,
 *   tensor: (name: string) => {dtype: string, shape: number[], data: TypedArray}}}
 *   F16 tensors come as raw Uint16Array (see `halfTable`)
 * @throws {ModelError} when the header, a type, a shape or an offset is wrong
 */
export function parseSafetensors(bytes) {
  if (bytes.byteLength < 8) throw new ModelError(`not a model file: ${bytes.byteLength} bytes, expected a safetensors header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  if (headerBytes > MAX_HEADER || headerBytes + 8 > bytes.byteLength) {
    throw new ModelError(`not a model file: its header claims ${headerBytes} bytes, the file has ${bytes.byteLength}`);
  }
  let header;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + headerBytes)));
  } catch {
    throw new ModelError('not a model file: its header is not JSON');
  }
  if (header === null || typeof header !== 'object' || Array.isArray(header)) {
    throw new ModelError('not a model file: its header is not a JSON object');
  }
  const start = 8 + headerBytes;
  const entries = new Map();
  for (const [name, entry] of Object.entries(header)) {
    if (name !== '__metadata__') entries.set(name, checkedEntry(name, entry, bytes.byteLength - start));
  }
  return {
    metadata: header.__metadata__ ?? {},
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    tensor(name) {
      const entry = entries.get(name);
      if (!entry) throw new ModelError(`the model file has no tensor ${name}`);
      return { dtype: entry.dtype, shape: entry.shape, data: typed(bytes, start + entry.begin, entry) };
    },
  };
}

function checkedEntry(name, entry, available) {
  const itemBytes = ITEM_BYTES[entry?.dtype];
  if (!itemBytes) throw new ModelError(`tensor ${name} has type ${entry?.dtype}, expected F64, F32, F16 or U8`);
  const { shape, data_offsets: offsets } = entry;
  if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new ModelError(`tensor ${name} has no valid shape`);
  }
  const count = shape.reduce((product, n) => product * n, 1);
  const [begin, end] = Array.isArray(offsets) ? offsets : [NaN, NaN];
  if (!(Number.isSafeInteger(begin) && begin >= 0 && end <= available && end - begin === count * itemBytes)) {
    throw new ModelError(`tensor ${name} of shape (${shape}) does not fit its place in the file (truncated?)`);
  }
  return { dtype: entry.dtype, shape, begin, count, itemBytes };
}

function typed(bytes, offset, { dtype, count, itemBytes }) {
  const Type = { F64: Float64Array, F32: Float32Array, F16: Uint16Array, U8: Uint8Array }[dtype];
  const at = bytes.byteOffset + offset;
  if (at % itemBytes === 0) return new Type(bytes.buffer, at, count);
  return new Type(bytes.slice(offset, offset + count * itemBytes).buffer);
}

let table = null;

/** All 65,536 half-precision numbers as float32, by their bits. */
export function halfTable() {
  if (table) return table;
  table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else if (exponent === 31) table[bits] = fraction ? NaN : sign * Infinity;
    else table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return table;
}
