/** The hand: pointer, wheel and keys. Everything ends in `move`, `snap`, `choose` of the scrubber, `pin` or `goTo` of its morph. */

import { tellEigenvalue, tellPoint } from './telling.js';
import { tellEvent } from './view/diagram.js';
import { showTooltip } from './view/tooltip.js';

const SPEEDS = [0.5, 1, 2, 4];
/** A press that moves less than this, in CSS pixels, is a click. */
const CLICK = 3;

/** @param {object} scrubber @returns {() => void} stops listening */
export function listen(scrubber) {
  const stop = new AbortController();
  const on = (element, type, handler, options = {}) =>
    element.addEventListener(type, (event) => scrubber.engine && handler(event), { signal: stop.signal, ...options });
  onMap(scrubber, on);
  onTrajectory(scrubber, on);
  onSpectrum(scrubber, on);
  onMorph(scrubber, on);
  onSliders(scrubber, on);
  onHeatMaps(scrubber, on);
  onChoices(scrubber, on);
  on(scrubber.parts.root, 'keydown', (event) => onKey(scrubber, event));
  on(scrubber.parts.root, 'jedi-resting', (event) => scrubber.receive(event.detail));
  return () => stop.abort();
}

function placeIn(element, event) {
  const box = element.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

/** Press, move and release on an element as one drag, with the pointer captured. */
function drag(on, element, { start, move, end = () => {} }) {
  let pointer = null;
  on(element, 'pointerdown', (event) => {
    if (event.button !== 0 || pointer !== null) return;
    pointer = event.pointerId;
    element.setPointerCapture(pointer);
    start(event);
  });
  on(element, 'pointermove', (event) => event.pointerId === pointer && move(event));
  for (const type of ['pointerup', 'pointercancel']) {
    on(element, type, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      end(event);
    });
  }
}

function onMap(scrubber, on) {
  const { map, tooltip } = scrubber.parts;
  const view = scrubber.views.map;
  let pressed = null;
  const follow = (event) => {
    const [z1, z2] = view.fromScreen(...placeIn(map, event));
    scrubber.move((context) => {
      view.map.setCoordinate(context, 0, z1);
      view.map.setCoordinate(context, 1, z2);
    });
  };
  drag(on, map, {
    start(event) {
      tooltip.hidden = true;
      pressed = placeIn(map, event);
      scrubber.durations = [];
      follow(event);
    },
    move(event) {
      const [x, y] = placeIn(map, event);
      if (pressed && Math.hypot(x - pressed[0], y - pressed[1]) > CLICK) pressed = null;
      if (!pressed) follow(event);
    },
    end() {
      if (pressed) scrubber.snap(view.trialAt(...pressed));
      pressed = null;
    },
  });
  hover(scrubber, on, map, (x, y) => {
    const trial = view.trialAt(x, y, 8);
    return trial < 0 ? null : { title: `trial ${trial}`, rows: columnsOf(scrubber, trial) };
  });
}

/** A trial's columns: the one that colours the map and the split first. */
function columnsOf({ model, column }, trial) {
  const rank = ({ name }) => (name === column?.name ? 0 : name === 'split' ? 1 : 2);
  return [...model.trials].sort((one, other) => rank(one) - rank(other)).map(({ name, values }) => [name, values[trial]]);
}

function onTrajectory(scrubber, on) {
  const { trajectory } = scrubber.parts;
  const view = scrubber.views.trajectory;
  let last = null;
  let pressed = null;
  const turn = (dx, dy) => {
    if (view.flat) return;
    view.rotate(dx, dy);
    scrubber.request('trajectory');
  };
  drag(on, trajectory, {
    start(event) {
      scrubber.parts.tooltip.hidden = true;
      pressed = last = [event.clientX, event.clientY];
    },
    move(event) {
      if (pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) > CLICK) pressed = null;
      if (!pressed) turn(event.clientX - last[0], event.clientY - last[1]);
      last = [event.clientX, event.clientY];
    },
    end(event) {
      const mark = pressed && view.markAt(...placeIn(trajectory, event));
      if (mark) scrubber.choose(mark.point.id);
      pressed = null;
    },
  });
  hover(scrubber, on, trajectory, (x, y) => {
    const mark = view.markAt(x, y);
    trajectory.style.cursor = mark ? 'pointer' : '';
    return mark && tellPoint(mark, scrubber.resting.points, scrubber.model);
  });
  on(trajectory, 'dblclick', () => {
    view.reset();
    scrubber.request('trajectory');
  });
  on(trajectory, 'keydown', (event) => {
    if (event.key === 'Enter') {
      nextPoint(scrubber);
      take(event);
      return;
    }
    const step = { ArrowLeft: [-12, 0], ArrowRight: [12, 0], ArrowUp: [0, -12], ArrowDown: [0, 12] }[event.key];
    if (!step) return;
    turn(...step);
    take(event);
  });
}

/** A tooltip for what lies under a resting pointer: `find` gives it, or null. */
function hover(scrubber, on, canvas, find) {
  const { tooltip, root } = scrubber.parts;
  on(canvas, 'pointermove', (event) => {
    if (event.buttons) return;
    const found = find(...placeIn(canvas, event));
    if (found) showTooltip(tooltip, root, found, event.clientX, event.clientY);
    else tooltip.hidden = true;
  });
  on(canvas, 'pointerleave', () => (tooltip.hidden = true));
}

function onSpectrum(scrubber, on) {
  hover(scrubber, on, scrubber.parts.spectrum, (x, y) => {
    const { model, engine, resting } = scrubber;
    const shown = resting.point ?? engine.spectrum;
    const r = scrubber.views.spectrum.valueAt(x, y, shown);
    if (r < 0) return null;
    return r < model.R ? tellEigenvalue(shown.re[r], shown.im[r], model) : tellEigenvalue(1 - model.dtOverTau, 0, model, model.M - model.R);
  });
}

/** The spectrum about the next fixed point. */
function nextPoint(scrubber) {
  scrubber.resting.chooseNext();
  scrubber.request('dynamics');
}

function onMorph(scrubber, on) {
  const { morph } = scrubber.parts;
  const follow = (event) => {
    scrubber.morph.pause();
    scrubber.morph.goTo(scrubber.views.morph.partAt(placeIn(morph, event)[0]));
  };
  drag(on, morph, {
    start(event) {
      scrubber.durations = [];
      follow(event);
    },
    move: follow,
  });
  hover(scrubber, on, morph, (x, y) => {
    const event = scrubber.views.morph.eventAt(x, y);
    return event && tellEvent(event);
  });
  on(morph, 'keydown', (event) => {
    const step = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 }[event.key];
    if (step === undefined) return;
    scrubber.morph.pause();
    scrubber.morph.goTo(Math.min(1, Math.max(0, scrubber.morph.part + step)));
    take(event);
  });
}

function onSliders(scrubber, on) {
  const { sliders } = scrubber.parts;
  const view = scrubber.views.dimensions;
  let index = -1;
  const follow = (event) => {
    const { left, width } = view.places()[index];
    const { low, high } = view.tracks[index];
    const part = (placeIn(sliders, event)[0] - left) / width;
    scrubber.move((context) => view.set(context, index, low + part * (high - low)));
  };
  drag(on, sliders, {
    start(event) {
      const slider = event.target.closest('.jx-slider');
      index = slider ? Number(slider.dataset.index) : -1;
      scrubber.durations = [];
      if (index >= 0) {
        slider.focus({ preventScroll: true });
        follow(event);
      }
    },
    move: (event) => index >= 0 && follow(event),
  });
  on(sliders, 'keydown', (event) => {
    const slider = event.target.closest('.jx-slider');
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity }[event.key];
    if (!slider || steps === undefined) return;
    const i = Number(slider.dataset.index);
    const { low, high } = view.tracks[i];
    scrubber.move((context) => view.set(context, i, Math.min(high, Math.max(low, view.value(context, i) + (steps * (high - low)) / 100))));
    take(event);
  });
}

function onHeatMaps(scrubber, on) {
  hover(scrubber, on, scrubber.parts.activity, (x, y) => scrubber.views.activity.describe(x, y, scrubber.engine));
}

function onChoices(scrubber, on) {
  const { parts, views } = scrubber;
  const click = (name, action) => on(parts[name], 'click', () => {
    action();
    scrubber.showChoices();
  });
  const flatten = (flat) => {
    views.trajectory.flat = flat;
    scrubber.request('trajectory');
  };
  click('view3d', () => flatten(false));
  click('view2d', () => flatten(true));
  click('near', () => {
    views.spectrum.near = !views.spectrum.near;
    scrubber.request('spectrum');
  });
  click('atOrigin', () => scrubber.choose(null));
  click('atPoint', () => nextPoint(scrubber));
  const timeline = (wanted) => {
    views.morph.wanted = wanted;
    scrubber.request('dynamics');
  };
  click('branches', () => timeline('branches'));
  click('moduli', () => timeline('eigenvalues'));
  const sort = (by) => {
    views.activity.sortBy(by, scrubber.engine, scrubber.snapped);
    scrubber.request('all');
  };
  click('sortAll', () => sort('all'));
  click('sortTrial', () => sort('trial'));
  click('pinA', () => scrubber.morph.pin(0));
  click('pinB', () => scrubber.morph.pin(1));
  click('play', () => toggle(scrubber));
  click('loop', () => (scrubber.morph.loop = !scrubber.morph.loop));
  click('speed', () => (scrubber.morph.speed = SPEEDS[(SPEEDS.indexOf(scrubber.morph.speed) + 1) % SPEEDS.length]));
  on(parts.colour, 'change', () => {
    scrubber.column = scrubber.model.trials.find((column) => column.name === parts.colour.value) ?? null;
    scrubber.recolour();
  });
}

function toggle(scrubber) {
  if (scrubber.morph.playing) scrubber.morph.pause();
  else scrubber.morph.play();
}

function onKey(scrubber, event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('select')) return;
  const onButton = event.target.closest('button');
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (step) {
    const { map } = scrubber.views;
    const pixels = event.shiftKey ? 20 : 4;
    scrubber.move((context) => step.forEach((sign, i) => {
      if (sign) map.map.setCoordinate(context, i, map.map.coordinate(context, i) + (sign * pixels) / map.scale);
    }));
  } else if (event.key === ' ' && !onButton) toggle(scrubber);
  else if (event.key === 's' || event.key === 'S') scrubber.snap(scrubber.engine.nearest.trial);
  else if (event.key === 'p' || event.key === 'P') scrubber.morph.pin(scrubber.morph.next);
  else if (event.key === 'a' || event.key === 'A') scrubber.morph.pin(0);
  else if (event.key === 'b' || event.key === 'B') scrubber.morph.pin(1);
  else return;
  take(event);
}

/** The key is used up: neither the page scrolls nor Streamlit's own shortcuts answer. */
function take(event) {
  event.preventDefault();
  event.stopPropagation();
}
