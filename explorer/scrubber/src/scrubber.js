/** The live component: one probe, and everything that answers to it in the same frame. */

import { fillChoices, showChoices } from './choices.js';
import { chooseColumn, colouring } from './colouring.js';
import { fixed } from './format.js';
import { listen } from './interaction.js';
import { Morph } from './morph.js';
import { Course } from './numeric/course.js';
import { Engine } from './numeric/engine.js';
import { readModel } from './packed.js';
import { gradient } from './palette.js';
import { Resting } from './resting.js';
import { defaultPins, startingProbe } from './start.js';
import { isDark, themeFor } from './theme.js';
import { tellDynamics } from './telling.js';
import { ActivityView } from './view/activity.js';
import { DimensionsView } from './view/dimensions.js';
import { h, setText } from './view/dom.js';
import { FIGURES, buildLayout } from './view/layout.js';
import { FiguresView } from './view/figures.js';
import { countSplits, fillLegend } from './view/legend.js';
import { MapView } from './view/map.js';
import { MorphView } from './view/morph.js';
import { SpectrumView } from './view/spectrum.js';
import { TrajectoryView } from './view/trajectory.js';

const REST_MS = 250;
const TRAIL_MS = 1000;
const TRACKED_FRAMES = 512;

/** Whether two models are one, shown from another place: its pins then stay. */
function sameContexts(one, other) {
  return one.contexts.length === other.contexts.length && one.contexts.every((value, i) => value === other.contexts[i] || Number.isNaN(value));
}

export class Scrubber {
  /** @param {HTMLElement} parent the component's place in the page */
  constructor(parent) {
    this.parts = buildLayout();
    parent.append(this.parts.root);
    const { map, trajectory, spectrum, activity, morph, dimensions } = this.parts;
    this.views = {
      map: new MapView(map), trajectory: new TrajectoryView(trajectory), spectrum: new SpectrumView(spectrum),
      activity: new ActivityView(activity), morph: new MorphView(morph), dimensions: new DimensionsView(dimensions),
    };
    this.figures = new FiguresView(FIGURES.map((_, i) => this.parts[`figure${i}`]));
    this.engine = null;
    this.resting = new Resting();
    this.morph = new Morph(this);
    this.frames = 0;
    this.durations = [];
    this.lastMilliseconds = NaN;
    this.wanted = new Set();
    this.handle = 0;
    /** Whether nothing has moved for a while */
    this.rests = false;
    this.about = null;
    this.restTimer = 0;
    this.fadeTimer = 0;
    this.report = () => {};
    this.tick = this.tick.bind(this);
    /** Frames still asked for after a model came, until the browser has compiled the numbers' code */
    this.warmUp = 0;
    this.stopListening = listen(this);
    this.sizes = new ResizeObserver(() => this.engine && this.resize());
    this.sizes.observe(this.parts.grid);
    this.restyle();
  }

  /** Show a packed model; a file that cannot be shown leaves one line that says why. */
  load(bytes) {
    const before = this.engine && this.model;
    this.engine = null;
    this.morph.pause();
    try {
      this.model = readModel(bytes);
      this.engine = new Engine(this.model);
    } catch (error) {
      this.engine = null;
      this.say(`This model cannot be shown: ${error.message}.`);
      return;
    }
    this.say('');
    const { model, engine } = this;
    this.course = new Course(model);
    this.views.map.load(model, engine);
    this.views.trajectory.load(model, engine);
    this.views.spectrum.load(model);
    this.views.activity.load(model);
    this.views.morph.load(model, this.course);
    this.views.dimensions.load(model, engine);
    this.figures.load(model, engine.offThreshold);
    this.resting.load(model, engine);
    this.column = chooseColumn(model.trials, model.view.colour, model.dataset.label);
    fillChoices(this);
    const own = defaultPins(model, engine, this.column);
    const probe = startingProbe(model, engine, own);
    this.context = probe.context;
    this.snapped = probe.trial;
    this.morph.begin(before && sameContexts(before, model) ? this.morph.pins : own, this.context);
    this.restyle();
    this.warmUp = 3;
  }

  /** Show one line instead of the panels; an empty line shows the panels again. */
  say(message) {
    setText(this.parts.message, message);
    this.parts.message.hidden = message === '';
  }

  /** Take the colours of the page as it is now. */
  restyle() {
    this.theme = themeFor(isDark(this.parts.root));
    this.parts.root.classList.toggle('jx-dark', this.theme.dark);
    if (!this.engine) return;
    this.recolour();
    const { scale } = this.parts;
    const bar = h('i');
    bar.style.background = gradient(this.theme.diverging);
    const limit = String(this.views.activity.limit);
    scale.replaceChildren(h('span', { text: `\u2212${limit}` }), bar, h('span', { text: `${limit} z` }));
    this.views.activity.restyle();
    this.showChoices();
    this.resize();
  }

  /** The page was drawn anew: only a change between light and dark asks for a frame. */
  restyleIfChanged() {
    if (isDark(this.parts.root) !== this.theme.dark) this.restyle();
  }

  recolour() {
    this.colours = colouring(this.column, this.model.K, this.theme);
    fillLegend(this.parts.legend, this.colours.legend, countSplits(this.model.trials));
    this.views.map.stale = true;
    this.request('all');
  }

  showChoices() {
    if (this.engine) showChoices(this);
  }

  resize() {
    for (const view of Object.values(this.views)) view.measure();
    this.views.dimensions.places().forEach(({ left, top, width, height }, i) => {
      const slider = this.parts.sliders.children[i];
      Object.assign(slider.style, { left: `${left - 5}px`, top: `${top}px`, width: `${width + 10}px`, height: `${height - 4}px` });
    });
    this.request('all');
  }

  /** Ask for one frame; all requests until then share it. 'all' computes and redraws everything. */
  request(what) {
    this.wanted.add(what);
    if (!this.handle && this.engine) this.handle = requestAnimationFrame(this.tick);
  }

  tick(now) {
    this.handle = 0;
    if (!this.engine) return;
    const wanted = this.wanted;
    this.wanted = new Set();
    if (this.morph.playing) this.morph.advance(now);
    if (wanted.has('all') || this.morph.playing) this.drawAll(now);
    else {
      if (wanted.has('dynamics')) this.drawDynamics(now);
      if (wanted.has('trajectory')) this.drawTrajectory();
      if (wanted.has('spectrum')) this.drawSpectrum(now);
      if (wanted.has('morph')) this.drawMorph();
    }
    if (!this.course.complete) {
      this.course.advance(6);
      this.request('morph');
    }
    if (this.morph.playing) this.request('all');
  }

  drawAll(now) {
    const started = performance.now();
    const { engine, theme, views, parts } = this;
    engine.compute(this.context, this.snapped);
    this.rests = false;
    const place = JSON.stringify(Array.from(this.context));
    this.resting.update(place, engine.weights);
    const { trial, distance } = engine.nearest;
    views.map.draw(theme, this.colours, { context: this.context, nearest: trial, off: distance > engine.offThreshold, distance: fixed(distance, 1), pins: this.morph.pins });
    this.drawTrajectory();
    this.drawSpectrum(now, true);
    views.activity.draw(theme, engine);
    this.drawMorph();
    views.dimensions.draw(theme, this.context);
    tellDynamics(this);
    setText(parts.frame, `${fixed(this.lastMilliseconds, 1)} ms a frame`);
    parts.root.dataset.context = place;
    parts.root.dataset.trial = String(this.snapped);
    if (parts.root.dataset.resting !== 'false') parts.root.dataset.resting = 'false';
    parts.root.dataset.frames = String(++this.frames);
    const spent = performance.now() - started;
    this.lastMilliseconds = spent;
    this.durations.push(spent);
    if (this.durations.length > TRACKED_FRAMES) this.durations.shift();
    if (this.frames % 16 === 0) this.tellSlowFrame();
    if (this.warmUp > 0) {
      this.warmUp -= 1;
      this.durations = [];
      this.request('all');
    }
    this.restLater();
  }

  drawTrajectory() {
    const { trial } = this.engine.nearest;
    this.views.trajectory.draw(this.theme, this.engine, trial >= 0 ? this.colours.fill[trial] : this.theme.categories[0], this.resting);
  }

  /** The eigenvalues about the chosen state; `moved`: they are new, and leave a trail. */
  drawSpectrum(now, moved = false) {
    const { spectrum } = this.views;
    const { point } = this.resting;
    const about = point?.id ?? null;
    if (about !== this.about) spectrum.forget();
    this.about = about;
    const shown = point ?? this.engine.spectrum;
    if (moved) spectrum.remember(shown, now);
    spectrum.draw(this.theme, shown, now);
  }

  /** Everything that a new answer about the dynamics, or another choice of state, changes. */
  drawDynamics(now) {
    this.resting.update(JSON.stringify(Array.from(this.context)), this.engine.weights);
    this.views.morph.show(this.resting.diagram(this.morph.path));
    this.drawTrajectory();
    this.drawSpectrum(now);
    this.drawMorph();
    tellDynamics(this);
    this.showChoices();
  }

  /** An answer from Python about the dynamics where the probe rested. */
  receive(message) {
    this.resting.receive(message);
    this.request('dynamics');
  }

  /** Show the spectrum about a fixed point, by its id; null: about the origin. */
  choose(id) {
    this.resting.chosen = id;
    this.request('dynamics');
  }

  drawMorph() {
    const { ready, part, onPath } = this.morph;
    this.views.morph.draw(this.theme, { ready, part, onPath, points: this.resting.points });
    setText(this.parts.part, MorphView.say(part));
  }

  /** A trial in words: its number and its label. */
  nameOf(trial) {
    if (trial < 0) return 'none';
    const value = this.column?.form === 'categorical' ? this.column.values[trial] : null;
    return value === null || value === undefined ? `trial ${trial}` : `trial ${trial}, ${value}`;
  }

  /** Move the probe: `change` writes the new context into the old one. */
  move(change, { onPath = false, start = null } = {}) {
    if (!onPath) this.morph.pause();
    change(this.context);
    this.morph.onPath = onPath;
    if (start !== null) {
      this.snapped = start;
      if (this.views.activity.sort === 'trial') this.views.activity.sortBy('trial', this.engine, start);
    }
    this.request('all');
  }

  /** Put the probe on a trial's context; the rollout then starts from that trial's first state. */
  snap(trial) {
    if (trial < 0) return;
    const { contexts, D } = this.model;
    this.move((context) => context.set(contexts.subarray(trial * D, (trial + 1) * D)), { start: trial });
  }

  /** The 95th percentile of the frames since the drag began. */
  tellSlowFrame() {
    if (!this.durations.length) return;
    const sorted = [...this.durations].sort((x, y) => x - y);
    this.parts.root.dataset.frameMsP95 = sorted[Math.min(sorted.length - 1, Math.floor(0.95 * sorted.length))].toFixed(2);
  }

  restLater() {
    clearTimeout(this.restTimer);
    clearTimeout(this.fadeTimer);
    this.restTimer = setTimeout(() => this.rest(), REST_MS);
  }

  /** The hand rests: say what holds now, to the page and to the server. */
  rest() {
    if (!this.engine || this.morph.playing) return;
    const { root, live } = this.parts;
    const { re, im } = this.engine.spectrum;
    root.dataset.eigenvalues = JSON.stringify(Array.from(re, (value, i) => [value, im[i]]));
    root.dataset.finalState = JSON.stringify(this.engine.finalState());
    root.dataset.resting = 'true';
    this.rests = true;
    tellDynamics(this);
    this.showChoices();
    this.tellSlowFrame();
    this.fadeTimer = setTimeout(() => this.request('spectrum'), TRAIL_MS); // the trail has ended
    const { trial, distance } = this.engine.nearest;
    setText(live, `Probe ${fixed(distance, 2)} SD from ${this.nameOf(trial)}`);
    Array.from(this.parts.sliders.children).forEach((slider, i) => slider.setAttribute('aria-valuenow', fixed(this.views.dimensions.value(this.context, i), 3)));
    this.parts.morph.setAttribute('aria-valuenow', fixed(this.morph.part, 2));
    this.report({ context: Array.from(this.context), trial: this.snapped, colour: this.column?.name ?? null, pins: this.morph.told, model: this.resting.token });
  }

  destroy() {
    cancelAnimationFrame(this.handle);
    clearTimeout(this.restTimer);
    clearTimeout(this.fadeTimer);
    this.sizes.disconnect();
    this.stopListening();
    this.engine = null;
    for (const view of Object.values(this.views)) view.release();
    this.parts.root.remove();
  }
}
