/** The recurrence x[t+1] = (1 - a) x[t] + a (U (V' tanh x[t]) + b) in factored form. */

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
      rate[m] = Math.tanh(states[from + m]);
      states[to + m] = (1 - a) * states[from + m] + (bias ? a * weights[biasAt + m] : 0);
    }
    for (let r = 0; r < R; r++) {
      const u = r * M;
      const v = vAt + r * M;
      let overlap = 0;
      for (let m = 0; m < M; m++) overlap += weights[v + m] * rate[m];
      overlap *= a;
      for (let m = 0; m < M; m++) states[to + m] += weights[u + m] * overlap;
    }
  }
}
