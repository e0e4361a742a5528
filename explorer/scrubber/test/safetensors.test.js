import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readModel } from '../src/packed.js';
import { halfTable, ModelError, parseSafetensors } from '../src/safetensors.js';
import { bytesOf, rewritten } from './helpers.js';

test('a view at an odd offset of a larger buffer reads the same numbers', () => {
  const bytes = bytesOf('plain');
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  const [one, other] = [parseSafetensors(bytes), parseSafetensors(shifted.subarray(3))];
  for (const name of one.names) assert.deepEqual(other.tensor(name).data, one.tensor(name).data, name);
});

test('half precision: normal, subnormal, largest, infinite, not a number', () => {
  const half = halfTable();
  const cases = [[0x3c00, 1], [0xc000, -2], [0x3555, 0.333251953125], [0x0001, 2 ** -24], [0x7bff, 65504], [0x7c00, Infinity], [0x0000, 0]];
  for (const [bits, value] of cases) assert.equal(half[bits], value);
  assert.ok(Number.isNaN(half[0x7e00]));
});

const refusals = {
  'no header': [() => new Uint8Array(4), /expected a safetensors header/],
  'a header longer than the file': [() => new Uint8Array([255, 255, 0, 0, 0, 0, 0, 0, 1]), /claims 65535 bytes/],
  'text in place of JSON': [() => new Uint8Array([3, 0, 0, 0, 0, 0, 0, 0, 97, 98, 99]), /not JSON/],
  'a file cut short': [() => bytesOf('plain').subarray(0, 9000), /truncated/],
  'a tensor of another shape': [() => rewritten(bytesOf('plain'), (h) => ([h.context_sd.shape, h['map.mean'].shape] = [[1, 3], [3]])), /context_sd has shape \(1, 3\), expected \(3\)/],
  'a tensor that is not there': [() => rewritten(bytesOf('plain'), (h) => delete h['scale.sd']), /no tensor scale.sd/],
  'a type that is not known': [() => rewritten(bytesOf('plain'), (h) => (h.contexts.dtype = 'BF16')), /type BF16/],
  'another safetensors file': [() => rewritten(bytesOf('plain'), (h) => (h.__metadata__ = {})), /not a JEDI model/],
  'a newer format': [() => rewritten(bytesOf('plain'), (h) => (h.__metadata__.jedi = h.__metadata__.jedi.replace('"format_version": 1', '"format_version": 9'))), /format 9, this program reads up to 1/],
  'a column of another length': [() => rewritten(bytesOf('plain'), (h) => (h.__metadata__.jedi = h.__metadata__.jedi.replace('"sine", ', ''))), /trial column kind has 23 values, expected 24/],
};
for (const [what, [make, message]] of Object.entries(refusals)) {
  test(`refused with one line: ${what}`, () => {
    assert.throws(() => readModel(make()), (error) => error instanceof ModelError && message.test(error.message) && !error.message.includes('\n'));
  });
}

test('a model beyond what a browser computes in a frame is refused, with the numbers', () => {
  const enlarge = (h) => (h.__metadata__.jedi = h.__metadata__.jedi.replace('"bins": 30', '"bins": 9000000'));
  assert.throws(() => readModel(rewritten(bytesOf('plain'), enlarge)), /too large for the browser: \d+ million/);
});

test('the address\'s view travels in the header, and nonsense in it is left out', () => {
  const withView = (text) => readModel(rewritten(bytesOf('plain'), (h) => (h.__metadata__.explore = text))).view;
  assert.deepEqual(withView('{"trial": 4}'), { trial: 4 });
  assert.deepEqual(withView('{nonsense'), {});
});
