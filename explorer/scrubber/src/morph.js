/** Two pins, the straight path between them, and the playhead on it. */

import { tellPins } from './messages.js';

const SECONDS = 4;

export class Morph {
  /** @param {object} scrubber whose probe is moved */
  constructor(scrubber) {
    this.scrubber = scrubber;
    /** Contexts (D,) of A and B */
    this.pins = [null, null];
    this.next = 0;
    this.part = 0;
    this.playing = false;
    this.loop = false;
    this.speed = 1;
    /** Whether the probe is where the playhead is */
    this.onPath = false;
    this.last = 0;
    /** The pins as Python is told them, and the same as one word */
    this.told = [null, null];
    this.path = '';
  }

  /** Both pins are there. */
  get ready() {
    return Boolean(this.pins[0] && this.pins[1]);
  }

  /** Take both pins of a model, the probe being at `context`. */
  begin(pins, context) {
    this.pins = pins;
    this.takePins();
    this.part = 0;
    this.onPath = Boolean(pins[0]?.every((value, d) => value === context[d]));
  }

  /** Put pin 0 (A) or 1 (B) at the probe. */
  pin(which) {
    const { scrubber } = this;
    this.pins[which] = Float64Array.from(scrubber.context);
    this.next = 1 - which;
    this.takePins();
    this.part = which;
    this.onPath = true;
    scrubber.request('all');
  }

  /** The path is another one: its eigenvalues are computed anew, and its diagram is drawn if it is known. */
  takePins() {
    const { scrubber } = this;
    this.told = tellPins(this.pins, scrubber.model);
    this.path = JSON.stringify(this.told);
    if (this.ready) scrubber.course.between(...this.pins);
    scrubber.views.morph.show(scrubber.resting.diagram(this.path));
    scrubber.showChoices();
  }

  /** Put the probe on the path, 0 at A and 1 at B. */
  goTo(part) {
    if (!this.ready) return;
    const [from, to] = this.pins;
    this.part = part;
    this.scrubber.move((context) => {
      for (let d = 0; d < context.length; d++) context[d] = from[d] + part * (to[d] - from[d]);
    }, { onPath: true });
  }

  play() {
    const { scrubber } = this;
    if (!scrubber.engine || !this.ready) return;
    if (this.part >= 1) this.part = 0;
    Object.assign(this, { playing: true, last: 0 });
    scrubber.durations = [];
    scrubber.showChoices();
    scrubber.request('all');
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.scrubber.showChoices();
  }

  /** Where the playhead is at this time, in milliseconds. */
  advance(now) {
    const seconds = this.last ? Math.min(0.1, (now - this.last) / 1000) : 0;
    this.last = now;
    let part = this.part + (seconds * this.speed) / SECONDS;
    if (part >= 1) {
      part = this.loop ? part % 1 : 1;
      if (!this.loop) this.pause();
    }
    this.goTo(part);
  }
}
