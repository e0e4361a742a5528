/** The packed model: a safetensors file with JSON in its header, checked shape by shape. */

import { ModelError, parseSafetensors } from './safetensors.js';

const FORMAT_VERSION = 1;
/** Multiplications a frame that still leave 50 frames a second on a plain laptop, with a margin of ten. */
const MAX_FRAME_WORK = 2e8;

/**
 * Read and check a packed model.
 *
 * Letters as everywhere: K trials, T data bins, N neurons, M units, D embedding, R rank, P kept principal components.
 * @param {Uint8Array} bytes
 * @returns {object} sizes (`K T N M D R P steps stride`), numbers and typed arrays; see the fields below
 * @throws {ModelError} one line: what was found, what was expected
 */
export function readModel(bytes) {
  const file = parseSafetensors(bytes);
  const header = readHeader(file.metadata.jedi);
  const info = header.model;
  const [N, M, R, D] = [info.neurons, info.units, info.rank, info.embedding_dim];
  const [T, stride, layerCount] = [info.bins, info.stride, info.hidden_layers];
  for (const [name, value] of Object.entries({ neurons: N, units: M, rank: R, embedding_dim: D, bins: T, stride })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new ModelError(`the model's ${name} is ${value}, expected a positive whole number`);
  }
  const dt = info.dt ?? header.dataset?.dt * stride;
  const a = info.dt_over_tau;
  if (!(dt > 0) || !(a > 0 && a <= 1)) throw new ModelError(`the model's dt is ${dt} and dt_over_tau ${a}, expected positive numbers`);

  const want = (name, shape, dtype = 'F32') => checkedTensor(file, name, shape, dtype);
  const outputs = file.tensor(`hyper.${layerCount}.weight`).shape[0];
  const bias = outputs !== 2 * M * R;
  const O = 2 * M * R + (bias ? M : 0);
  const layers = [];
  let columns = D;
  for (let layer = 0; layer <= layerCount; layer++) {
    const found = file.tensor(`hyper.${layer}.weight`).shape[0];
    const rows = layer === layerCount ? O : found;
    layers.push({ rows, columns, weight: want(`hyper.${layer}.weight`, [rows, columns]), bias: want(`hyper.${layer}.bias`, [rows]) });
    columns = rows;
  }
  const K = file.tensor('contexts').shape[0];
  if (!K) throw new ModelError('the model holds no trial');
  const P = file.tensor('axes.components').shape[0];
  if (!P) throw new ModelError('the model keeps no principal component of the activity');
  const steps = Math.ceil((T - 1) / stride) + 1;
  const readout = Boolean(info.readout);
  if (!readout && M !== N) throw new ModelError(`the model has ${M} units for ${N} neurons and no readout`);
  const startsAtTrial = info.initial_state === 'trial';

  const work = layers.reduce((sum, l) => sum + l.rows * l.columns, 0) + T * N + steps * M * (2 * R + P + 8) + (readout ? steps * N * M : 0);
  if (work > MAX_FRAME_WORK) {
    throw new ModelError(`too large for the browser: ${Math.round(work / 1e6)} million multiplications a frame, the limit is ${MAX_FRAME_WORK / 1e6}`);
  }
  return {
    K, T, N, M, R, D, P, O, steps, stride, dt, dtOverTau: a, bias, readout, startsAtTrial,
    dataset: header.dataset ?? {}, dataDt: header.dataset?.dt ?? dt / stride, figures: header.figures ?? {},
    trials: columnsOf(header.trials, K, 'trial'), neurons: columnsOf(header.neurons, N, 'neuron'),
    explained: header.recorded?.explained ?? NaN,
    layers,
    inputScale: want('input_scale', [D]),
    contexts: want('contexts', [K, D]), contextSd: want('context_sd', [D]),
    initialStates: startsAtTrial ? want('initial_states', [K, M]) : null,
    initialWeight: startsAtTrial ? null : want('initial.weight', [M, D]),
    initialBias: startsAtTrial ? null : want('initial.bias', [M]),
    readoutWeight: readout ? want('readout.weight', [N, M]) : null,
    readoutBias: readout ? want('readout.bias', [N]) : null,
    scaleMean: want('scale.mean', [N]), scaleSd: want('scale.sd', [N]),
    axesMean: want('axes.mean', [N]), axesComponents: want('axes.components', [P, N]), axesVariance: want('axes.variance', [P]),
    mapMean: want('map.mean', [D]), mapComponents: want('map.components', [D, D]), mapVariance: want('map.variance', [D]),
    recordedScores: want('recorded.scores', [K, T, P], 'F16'), recordedMask: want('recorded.mask', [K, T], 'U8'),
    view: readView(file.metadata.explore),
  };
}

function readHeader(text) {
  if (typeof text !== 'string') throw new ModelError('not a JEDI model: the file has no "jedi" entry in its header');
  let header;
  try {
    header = JSON.parse(text);
  } catch {
    throw new ModelError('not a JEDI model: its "jedi" entry is not JSON');
  }
  if (header?.kind !== 'jedi-model' || typeof header.model !== 'object') throw new ModelError(`not a JEDI model: its kind is ${header?.kind}`);
  if (header.format_version > FORMAT_VERSION) {
    throw new ModelError(`the model is of format ${header.format_version}, this program reads up to ${FORMAT_VERSION}: update it`);
  }
  return header;
}

function checkedTensor(file, name, shape, dtype) {
  const tensor = file.tensor(name);
  if (tensor.shape.length !== shape.length || tensor.shape.some((n, i) => n !== shape[i])) {
    throw new ModelError(`tensor ${name} has shape (${tensor.shape.join(', ')}), expected (${shape.join(', ')})`);
  }
  if (tensor.dtype !== dtype) throw new ModelError(`tensor ${name} is ${tensor.dtype}, expected ${dtype}`);
  return tensor.data;
}

function columnsOf(columns, count, what) {
  const kept = [];
  for (const column of Array.isArray(columns) ? columns : []) {
    if (column.values?.length !== count) {
      throw new ModelError(`${what} column ${column.name} has ${column.values?.length} values, expected ${count}`);
    }
    kept.push({ name: String(column.name), form: column.form, values: column.values });
  }
  return kept;
}

/** What the address asked for at load: a probe, a trial, a colour. Anything malformed is left out. */
function readView(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
