/** The live component: one probe, and everything that answers to it in the same frame. */

import { chooseColumn, colouring } from './colouring.js';
import { fixed, significant, words } from './format.js';
import { listen } from './interaction.js';
import { Course } from './numeric/course.js';
import { Engine } from './numeric/engine.js';
import { readModel } from './packed.js';
import { gradient } from './palette.js';
import { defaultPins, startingProbe } from './start.js';
import { isDark, themeFor } from './theme.js';
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
    this.pins = [null, null];
    this.nextPin = 0;
    this.morph = { part: 0, playing: false, loop: false, speed: 1, onPath: false, last: 0 };
    this.frames = 0;
    this.durations = [];
    this.lastMilliseconds = NaN;
    this.wanted = new Set();
    this.handle = 0;
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
    this.pause();
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
    this.column = chooseColumn(model.trials, model.view.colour, model.dataset.label);
    this.fillChoices();
    const own = defaultPins(model, engine, this.column);
    if (!before || !sameContexts(before, model)) this.pins = own;
    const probe = startingProbe(model, engine, own);
    this.context = probe.context;
    this.snapped = probe.trial;
    if (this.pins[0] && this.pins[1]) this.course.between(...this.pins);
    Object.assign(this.morph, { part: 0, onPath: Boolean(this.pins[0]?.every((value, d) => value === this.context[d])) });
    this.restyle();
    this.warmUp = 3;
  }

  /** Show one line instead of the panels; an empty line shows the panels again. */
  say(message) {
    setText(this.parts.message, message);
    this.parts.message.hidden = message === '';
  }

  fillChoices() {
    const { model, parts } = this;
    const { explained } = this.engine.map;
    const share = explained.slice(0, 2).reduce((sum, v) => sum + v, 0);
    const which = model.D > 1 ? '1\u20132' : '1';
    const rest = `${which}${Number.isFinite(share) ? ` \u00b7 ${Math.round(100 * share)} %` : ''}`;
    parts.mapSubtitle.replaceChildren(
      h('span', { class: 'jx-wide', text: `principal component${model.D > 1 ? 's' : ''} ${rest}${Number.isFinite(share) ? ' of variance' : ''}` }),
      h('span', { class: 'jx-narrow', text: `PC ${rest}`, title: `principal components ${which} and their share of the contexts' variance` }),
    );
    setText(parts.spectrumSubtitle, 'Jacobian at the origin');
    setText(parts.bulk, `${model.M - model.R} more at 1 \u2212 dt/\u03c4 = ${significant(1 - model.dtOverTau)}`);
    parts.bulk.parentElement.parentElement.hidden = model.M <= model.R;
    setText(parts.morphSubtitle, 'eigenvalues along the path');
    setText(parts.activitySubtitle, 'neurons by time of peak');
    setText(parts.dimensionsSubtitle, model.D > 8 ? `first 8 principal components of the ${model.D}-dimensional context` : '');
    parts.colour.replaceChildren(...model.trials.map((column) => h('option', { value: column.name, text: words(column.name) })));
    if (this.column) parts.colour.value = this.column.name;
    parts.colour.disabled = model.trials.length === 0;
    const { tracks, count } = this.views.dimensions;
    parts.sliders.replaceChildren(...Array.from({ length: count }, (_, i) => h('div', {
      class: 'jx-slider', role: 'slider', tabindex: '0', 'data-index': String(i), 'aria-label': `${this.views.dimensions.components ? 'principal component' : 'dimension'} ${i + 1}`,
      'aria-valuemin': fixed(tracks[i].low, 3), 'aria-valuemax': fixed(tracks[i].high, 3),
    })));
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

  /** Mark which choices are on. */
  showChoices() {
    const { parts, views, morph } = this;
    const press = (name, on) => parts[name].setAttribute('aria-pressed', String(on));
    const turns = this.model.P >= 3;
    press('view3d', turns && !views.trajectory.flat);
    press('view2d', !turns || views.trajectory.flat);
    parts.view3d.disabled = !turns;
    press('whole', !views.spectrum.near);
    press('near', views.spectrum.near);
    press('sortAll', views.activity.sort === 'all');
    press('sortTrial', views.activity.sort === 'trial');
    press('loop', morph.loop);
    setText(parts.play, morph.playing ? '\u275a\u275a' : '\u25b6');
    parts.play.setAttribute('aria-label', morph.playing ? 'Pause' : 'Play');
    setText(parts.speed, `${morph.speed}\u00d7`);
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
    if (this.morph.playing) this.advanceMorph(now);
    if (wanted.has('all') || this.morph.playing) this.drawAll(now);
    else {
      if (wanted.has('trajectory')) this.drawTrajectory();
      if (wanted.has('spectrum')) this.views.spectrum.draw(this.theme, this.engine.spectrum, now);
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
    views.spectrum.remember(engine.spectrum, now);
    const { trial, distance } = engine.nearest;
    views.map.draw(theme, this.colours, { context: this.context, nearest: trial, off: distance > engine.offThreshold, distance: fixed(distance, 1), pins: this.pins });
    this.drawTrajectory();
    views.spectrum.draw(theme, engine.spectrum, now);
    views.activity.draw(theme, engine);
    this.drawMorph();
    views.dimensions.draw(theme, this.context);
    this.figures.draw(engine, this.nameOf(trial), this.lastMilliseconds);
    setText(parts.trajectorySubtitle, trial < 0 ? '' : `faint: trial ${trial} as recorded`);
    parts.root.dataset.context = JSON.stringify(Array.from(this.context));
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
    this.views.trajectory.draw(this.theme, this.engine, trial >= 0 ? this.colours.fill[trial] : this.theme.categories[0]);
  }

  drawMorph() {
    this.views.morph.draw(this.theme, { ready: Boolean(this.pins[0] && this.pins[1]), part: this.morph.part, onPath: this.morph.onPath });
    setText(this.parts.part, MorphView.say(this.morph.part));
  }

  /** A trial in words: its number and its label. */
  nameOf(trial) {
    if (trial < 0) return 'none';
    const value = this.column?.form === 'categorical' ? this.column.values[trial] : null;
    return value === null || value === undefined ? `trial ${trial}` : `trial ${trial}, ${value}`;
  }

  /** Move the probe: `change` writes the new context into the old one. */
  move(change, { onPath = false, start = null } = {}) {
    if (!onPath) this.pause();
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

  /** Put pin 0 (A) or 1 (B) at the probe. */
  pin(which) {
    this.pins[which] = Float64Array.from(this.context);
    this.nextPin = 1 - which;
    if (this.pins[0] && this.pins[1]) this.course.between(...this.pins);
    this.morph.part = which;
    this.morph.onPath = true;
    this.request('all');
  }

  /** Put the probe on the path, 0 at A and 1 at B. */
  goTo(part) {
    const [from, to] = this.pins;
    if (!from || !to) return;
    this.morph.part = part;
    this.move((context) => {
      for (let d = 0; d < context.length; d++) context[d] = from[d] + part * (to[d] - from[d]);
    }, { onPath: true });
  }

  play() {
    if (!this.engine || !this.pins[0] || !this.pins[1]) return;
    if (this.morph.part >= 1) this.morph.part = 0;
    Object.assign(this.morph, { playing: true, last: 0 });
    this.durations = [];
    this.showChoices();
    this.request('all');
  }

  pause() {
    if (!this.morph.playing) return;
    this.morph.playing = false;
    this.showChoices();
  }

  advanceMorph(now) {
    const { morph } = this;
    const seconds = morph.last ? Math.min(0.1, (now - morph.last) / 1000) : 0;
    morph.last = now;
    let part = morph.part + (seconds * morph.speed) / 4;
    if (part >= 1) {
      part = morph.loop ? part % 1 : 1;
      if (!morph.loop) this.pause();
    }
    this.goTo(part);
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
    this.tellSlowFrame();
    this.fadeTimer = setTimeout(() => this.request('spectrum'), TRAIL_MS); // the trail has ended
    this.figures.explain(this.engine);
    const { trial, distance } = this.engine.nearest;
    setText(live, `Probe ${fixed(distance, 2)} SD from ${this.nameOf(trial)}`);
    Array.from(this.parts.sliders.children).forEach((slider, i) => slider.setAttribute('aria-valuenow', fixed(this.views.dimensions.value(this.context, i), 3)));
    this.parts.morph.setAttribute('aria-valuenow', fixed(this.morph.part, 2));
    this.report({ context: Array.from(this.context), trial: this.snapped, colour: this.column?.name ?? null });
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
