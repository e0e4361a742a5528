/** What Python finds about the resting probe, as it arrives: checked, so that a drawing can rely on it. */

const KINDS = ['stable', 'saddle', 'unstable', 'slow'];
const EVENTS = ['fold', 'pitchfork', 'transcritical', 'hopf', 'flip'];

/**
 * The fixed points of one context.
 * @param {any} message `{points: [{k, scores, kind, residual, speed, unstable, unstable_continuous, eigenvalues}], ...}`
 * @param {number} R rank @returns {object | null} null where it is not of this form
 */
export function readFixedPoints(message, R) {
  if (!message || !Array.isArray(message.points)) return null;
  const points = [];
  for (const [id, one] of message.points.entries()) {
    const pairs = one?.eigenvalues;
    if (!numbers(one?.k, R) || !numbers(one.scores, 3) || !KINDS.includes(one.kind) || !Array.isArray(pairs) || !pairs.every((pair) => numbers(pair, 2))) return null;
    points.push({
      id, k: Float64Array.from(one.k), scores: one.scores, kind: one.kind, residual: Number(one.residual), speed: Number(one.speed),
      re: pairs.map(([re]) => re), im: pairs.map(([, im]) => im),
      unstable: one.unstable, unstableContinuous: one.unstable_continuous,
    });
  }
  const { count, completeness, sentence, short, details } = message;
  return { points, count: Number(count), completeness: String(completeness), sentence: String(sentence), short: String(short), details: String(details) };
}

/**
 * The bifurcation diagram of one path, on the first axis of the trajectory view.
 * @param {any} message `{branches: [{at, y, stable}], bifurcations: [{kind, of, at, y, frequency}], cycles: [{at, low, high, stable, period}], sentence}`
 * @returns {object | null}
 */
export function readDiagram(message) {
  if (!message || ![message.branches, message.bifurcations, message.cycles].every(Array.isArray)) return null;
  const branches = message.branches.every(({ at, y, stable } = {}) => numbers(at) && numbers(y, at.length) && Array.isArray(stable) && stable.length === at.length);
  const events = message.bifurcations.every(({ kind, at, y } = {}) => EVENTS.includes(kind) && numbers([at, y]));
  const cycles = message.cycles.every(({ at, low, high } = {}) => numbers([at, low, high]));
  return branches && events && cycles ? { ...message, sentence: String(message.sentence) } : null;
}

function numbers(values, length = values?.length) {
  return Array.isArray(values) && values.length === length && values.every(Number.isFinite);
}

/**
 * Pins as they are told to Python: a trial's number where it is a trial's context, else float64 in URL-safe base64, as in the address.
 * @param {(Float64Array | null)[]} pins @param {{K: number, D: number, contexts: Float32Array}} model
 */
export function tellPins(pins, { K, D, contexts }) {
  return pins.map((pin) => {
    if (!pin) return null;
    for (let k = 0; k < K; k++) {
      let d = 0;
      while (d < D && contexts[k * D + d] === pin[d]) d++;
      if (d === D) return k;
    }
    return btoa(String.fromCharCode(...new Uint8Array(Float64Array.from(pin).buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  });
}
