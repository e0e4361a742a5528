/** What is known of the dynamics at the probe: exact where the hand rested, followed while it moves, nothing where neither holds. */

import { Follower } from './numeric/fixed_points.js';
import { readDiagram, readFixedPoints } from './messages.js';

/** Answers kept for places that the hand comes back to. */
const MOST_KEPT = 32;

export class Resting {
  constructor() {
    this.model = null;
    this.clear();
  }

  /** Take a model, of which nothing is known yet. @param {object} model @param {object} engine */
  load(model, engine) {
    this.model = model;
    this.engine = engine;
    this.follower = new Follower(model, engine.scoreMap);
    /** Tells Python's answers for this model from those for one shown before */
    this.token = Math.random().toString(36).slice(2, 8);
    this.clear();
  }

  clear() {
    this.found = new Map();
    this.diagrams = new Map();
    this.pending = new Set();
    this.progress = {};
    this.problems = {};
    /** Fixed points drawn: Python's own at a context where `exact`, else kept up by Newton's method */
    this.points = [];
    /** {completeness, sentence, short, details} of exact points, else null */
    this.claim = null;
    this.at = null;
    this.chosen = null;
  }

  get exact() {
    return this.claim !== null;
  }

  /** The chosen fixed point, null for the origin. */
  get point() {
    return this.points.find(({ id }) => id === this.chosen) ?? null;
  }

  /** Fixed points without the slow ones. */
  get count() {
    return this.points.filter(({ kind }) => kind !== 'slow').length;
  }

  /**
   * An answer from Python; one for another model is ignored, one for another place is kept for a return to it.
   * @param {{model: string, context: number[], pins: any[], fixed: any, diagram: any, pending: string[], progress: object, problems: object}} message
   */
  receive(message) {
    if (!this.model || message?.model !== this.token) return;
    const [place, path] = [JSON.stringify(message.context), JSON.stringify(message.pins)];
    const fixed = readFixedPoints(message.fixed, this.model.R);
    if (fixed) keep(this.found, place, fixed);
    const diagram = readDiagram(message.diagram);
    if (diagram) keep(this.diagrams, path, diagram);
    this.pending = new Set(Array.isArray(message.pending) ? message.pending : []);
    this.progress = message.progress ?? {};
    this.problems = message.problems ?? {};
  }

  /**
   * The points of this frame.
   * @param {string} place the context as JSON @param {Float64Array} weights (O,) at that context
   */
  update(place, weights) {
    const known = this.found.get(place);
    if (known) {
      if (this.at !== place || !this.exact) this.adopt(known);
    } else if (this.at !== place) {
      this.points = this.follower.follow(this.points, weights);
      this.claim = null;
      if (!this.point) this.chosen = null;
    }
    this.at = place;
  }

  /** Python's points take the place of the followed ones; the one nearest to the chosen one stays chosen. */
  adopt(known) {
    const before = this.point;
    this.points = known.points;
    this.claim = known;
    if (!before) return;
    const gap = ({ k }) => k.reduce((sum, value, r) => sum + (value - before.k[r]) ** 2, 0);
    this.chosen = [...this.points].sort((one, other) => gap(one) - gap(other))[0]?.id ?? null;
  }

  /** The diagram of a path, null where there is none yet. @param {string} path the pins as told, as JSON */
  diagram(path) {
    return this.diagrams.get(path) ?? null;
  }

  /** Choose the next fixed point, the first after none. */
  chooseNext() {
    if (!this.points.length) return;
    const index = this.points.findIndex(({ id }) => id === this.chosen);
    this.chosen = this.points[(index + 1) % this.points.length].id;
  }

  /** What is drawn, in words: [subtitle, explanation, number, note]. @param {boolean} rests */
  say(rests) {
    if (this.claim) return [this.claim.sentence, this.claim.details, String(this.claim.count), this.claim.short];
    if (this.count) {
      return [`${this.count} fixed point${this.count > 1 ? 's' : ''}, followed`, 'Kept up by Newton\u2019s method from the last resting place; whether others appear is looked at when the hand rests', String(this.count), 'followed'];
    }
    if (rests && this.problems.fixed) return ['no fixed points computed', String(this.problems.fixed), '\u2013', 'not computed'];
    return rests && this.pending.has('fixed') ? ['looking for fixed points', '', '\u2013', 'looking'] : ['', '', '\u2013', ''];
  }
}

function keep(map, key, value) {
  map.delete(key);
  map.set(key, value);
  if (map.size > MOST_KEPT) map.delete(map.keys().next().value);
}
