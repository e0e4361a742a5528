/** The recurrence x[t+1] = (1 - a) x[t] + a (U (V' tanh x[t]) + b) in factored form. */

import { tanh } from './tanh.js';

/**
 * @param {Float64Array} states (steps, M) row-major; row 0 holds the first state, the rest is written
 * @param {Float64Array} weights (O,): U as (R, M), V as (R, M), then the bias (M,) if `bias`
 * @param {{M: number, R: number, steps: number, dtOverTau: number, bias: boolean}} model
 * @param {Float64Array} rate scratch (M,)
 */
export function rollout(states, weights, { M, R, steps, dtOverTau: a, bias }, rate) {
  const vAt = R * M;
  const biasAt = 2 * R * M;
  for (let step = 1; step < steps; step++) {
    const from = (step - 1) * M;
    const to = step * M;
    for (let m = 0; m < M; m++) {
      const x = states[from + m];
      rate[m] = tanh(x);
      states[to + m] = (1 - a) * x + (bias ? a * weights[biasAt + m] : 0);
    }
    let r = 0;
    for (; r + 2 < R; r += 3) addThree(states, weights, rate, a, M, to, r * M, vAt + r * M);
    for (; r < R; r++) addOne(states, weights, rate, a, M, to, r * M, vAt + r * M);
  }
}

/** Three columns of U and V: the rate is read and the state is written once for all of them. */
function addThree(states, weights, rate, a, M, to, u, v) {
  let p = 0, q = 0, s = 0;
  for (let m = 0, v0 = v, v1 = v + M, v2 = v + 2 * M; m < M; m++, v0++, v1++, v2++) {
    const x = rate[m];
    p += weights[v0] * x;
    q += weights[v1] * x;
    s += weights[v2] * x;
  }
  p *= a;
  q *= a;
  s *= a;
  for (let m = 0, u0 = u, u1 = u + M, u2 = u + 2 * M; m < M; m++, u0++, u1++, u2++) {
    states[to + m] += weights[u0] * p + weights[u1] * q + weights[u2] * s;
  }
}

function addOne(states, weights, rate, a, M, to, u, v) {
  let overlap = 0;
  for (let m = 0; m < M; m++) overlap += weights[v + m] * rate[m];
  overlap *= a;
  for (let m = 0; m < M; m++) states[to + m] += weights[u + m] * overlap;
}
