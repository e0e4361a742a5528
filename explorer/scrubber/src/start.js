/** Where the probe and the pins stand before a hand moves them. */

/**
 * The probe that the address asks for; else pin A's trial, whose recording can be compared at once.
 * @returns {{context: Float64Array, trial: number}} trial: the one whose first state starts the rollout
 */
export function startingProbe(model, engine, pins) {
  const { view, K, D, contexts } = model;
  const trial = Number.isInteger(view.trial) && view.trial >= 0 && view.trial < K ? view.trial : -1;
  if (Array.isArray(view.context) && view.context.length === D && view.context.every(Number.isFinite)) {
    const context = Float64Array.from(view.context);
    return { context, trial: trial >= 0 ? trial : Math.max(0, engine.neighbours.nearest(context).trial) };
  }
  if (trial >= 0 && engine.neighbours.usable[trial]) return { context: Float64Array.from(contexts.subarray(trial * D, (trial + 1) * D)), trial };
  const context = pins[0] ? Float64Array.from(pins[0]) : Float64Array.from(model.mapMean);
  return { context, trial: Math.max(0, engine.neighbours.nearest(context).trial) };
}

/**
 * Two trials worth a morph: the most central ones of the two classes furthest apart on the map; without classes, the two ends of
 * the first component. Nulls where there are not two different contexts.
 */
export function defaultPins(model, engine, column) {
  const { K, D, contexts } = model;
  const usable = (k) => engine.neighbours.usable[k];
  const z = [0, 1].map((i) => Float64Array.from({ length: K }, (_, k) => engine.map.coordinate(contexts, i, k * D)));
  const context = (k) => Float64Array.from(contexts.subarray(k * D, (k + 1) * D));
  let pair = null;
  if (column?.form === 'categorical') pair = furthestClasses(column.values, z, usable);
  if (!pair) {
    let [low, high] = [-1, -1];
    for (let k = 0; k < K; k++) {
      if (!usable(k)) continue;
      if (low < 0 || z[0][k] < z[0][low]) low = k;
      if (high < 0 || z[0][k] > z[0][high]) high = k;
    }
    pair = [low, high];
  }
  return pair[0] >= 0 && pair[0] !== pair[1] ? pair.map(context) : [null, null];
}

function furthestClasses(values, z, usable) {
  const classes = new Map();
  values.forEach((value, k) => {
    if (value === null || value === undefined || !usable(k)) return;
    if (!classes.has(value)) classes.set(value, []);
    classes.get(value).push(k);
  });
  if (classes.size < 2 || classes.size > 64) return null;
  const centres = [...classes.values()].map((members) => ({ members, at: z.map((axis) => members.reduce((sum, k) => sum + axis[k], 0) / members.length) }));
  let best = null;
  for (const one of centres) {
    for (const other of centres) {
      const gap = Math.hypot(one.at[0] - other.at[0], one.at[1] - other.at[1]);
      if (one !== other && (!best || gap > best.gap)) best = { gap, pair: [one, other] };
    }
  }
  const central = ({ members, at }) => {
    const off = (k) => Math.hypot(z[0][k] - at[0], z[1][k] - at[1]);
    return members.reduce((nearest, k) => (off(k) < off(nearest) ? k : nearest), members[0]);
  };
  return best.pair.map(central);
}
