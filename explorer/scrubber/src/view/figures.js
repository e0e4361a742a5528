/** The strip of six figures. */

import { duration, fixed, significant } from '../format.js';
import { setText } from './dom.js';

export class FiguresView {
  /** @param {HTMLElement[]} elements six of them, in the order of the layout */
  constructor(elements) {
    this.slots = elements.map((element) => ({
      element, value: element.querySelector('b'), unit: element.querySelector('.jx-value span'), note: element.querySelector('.jx-note'),
    }));
  }

  load(model, offThreshold) {
    this.model = model;
    this.offThreshold = offThreshold;
  }

  /**
   * @param {object} engine @param {string} nearestLabel
   * @param {{figures: object, about: string, count: string, note: string}} dynamics figures of the spectrum shown, the state it is about,
   *   the fixed points' number and what is known of it
   */
  draw(engine, nearestLabel, { figures, about, count, note }) {
    const { radius, outside, frequency, frequencyTime, slowest } = figures;
    const { r2, distance } = engine.figures;
    const { R, P } = this.model;
    const trial = engine.nearest.trial;
    const [slow, slowUnit] = duration(slowest);
    const [decay, decayUnit] = duration(Math.abs(frequencyTime));
    this.put(0, fixed(radius, 3), '', outside ? `${outside} of ${R} outside` : about === '0' ? 'of the Jacobian at 0' : `at ${about}`);
    if (Number.isFinite(frequency)) this.put(1, significant(frequency), 'Hz', `${frequencyTime < 0 ? 'grows' : 'decays'} in ${decay} ${decayUnit}`);
    else this.put(1, '\u2013', '', 'all are real');
    this.put(2, slow, slowUnit, about === '0' ? 'inside the unit circle' : `at ${about}`);
    this.put(3, count, '', note);
    this.put(4, fixed(r2, 3), '', `trial ${trial}, on ${P} PC${P > 1 ? 's' : ''}`);
    const off = distance > this.offThreshold;
    this.put(5, fixed(distance, 2), 'SD', off ? 'off the data' : `nearest: ${nearestLabel}`, off);
  }

  /** Exact values, on hover: set when the hand rests. */
  explain(engine, { figures, state, details }) {
    const { radius, frequency, frequencyTime, slowest } = figures;
    const { r2, distance } = engine.figures;
    const { T, P, M, R, dtOverTau, explained } = this.model;
    const share = Number.isFinite(explained) ? ` (${fixed(100 * explained, 1)} % of the variance)` : '';
    const bulk = M > R ? `; ${M - R} further eigenvalues are 1 \u2212 dt/\u03c4 = ${significant(1 - dtOverTau, 4)}` : '';
    [
      `${radius}: largest modulus of the eigenvalues of the discrete-time Jacobian at ${state}${bulk}`,
      `${frequency} Hz: |arg \u03bb| / (2\u03c0 dt) of the complex pair of largest modulus; time constant ${frequencyTime} s`,
      `${slowest} s: longest \u2212dt / ln|\u03bb| of the eigenvalues inside the unit circle`,
      details,
      `${r2}: 1 \u2212 squared error / squared deviation from the mean, recorded bins of ${T}, on the ${P} kept principal components${share}`,
      `${distance}: to the nearest context, per dimension in SD, divided by \u221aD; off the data above ${fixed(this.offThreshold, 2)} SD`,
    ].forEach((text, i) => (this.slots[i].element.title = text));
  }

  put(slot, value, unit, note, warning = false) {
    const { element, value: valueElement, unit: unitElement, note: noteElement } = this.slots[slot];
    setText(valueElement, value);
    setText(unitElement, unit);
    setText(noteElement, note);
    if (element.classList.contains('jx-warning') !== warning) element.classList.toggle('jx-warning', warning);
  }
}
