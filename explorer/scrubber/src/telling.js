/** What is known of the dynamics at the probe, in words: subtitles, legends, figures, and attributes for scripts. */

import { fixed, significant, duration } from './format.js';
import { frequencyOf, spectrumFigures } from './numeric/spectrum.js';
import { setText } from './view/dom.js';

const DRAWN = 'Fixed points on PC 1: solid where stable at this dt/\u03c4, dashed where not. Dots: largest and smallest value on limit cycles of the flow, filled where stable. Branches are';
const KINDS = ['stable', 'saddle', 'unstable', 'slow'];

/** A fixed point's name among those drawn: its kind, numbered where there are several. */
export function nameOf(point, points) {
  const alike = points.filter(({ kind }) => kind === point.kind);
  const noun = { stable: 'stable point', saddle: 'saddle', unstable: 'unstable point', slow: 'slow point' }[point.kind];
  return alike.length > 1 ? `${noun} ${alike.indexOf(point) + 1} of ${alike.length}` : noun;
}

/** Everything said of this frame. @param {object} scrubber */
export function tellDynamics(scrubber) {
  const { engine, model, parts, resting, views } = scrubber;
  const { trial } = engine.nearest;
  const [subtitle, details, count, note] = resting.say(scrubber.rests);
  setText(parts.trajectorySubtitle, subtitle);
  setTitle(parts.trajectorySubtitle, details);
  setText(parts.recorded.lastChild, trial < 0 ? 'recorded' : `trial ${trial}`);
  for (const kind of KINDS) {
    const hidden = !resting.points.some((point) => point.kind === kind);
    if (parts[kind].hidden !== hidden) parts[kind].hidden = hidden;
  }
  const { point } = resting;
  const name = point && nameOf(point, resting.points);
  setText(parts.about, name ? `about the ${name}` : 'about the origin');
  const figures = point ? spectrumFigures(point.re, point.im, model) : engine.figures;
  const said = { figures, about: point ? `the ${point.kind === 'saddle' ? 'saddle' : 'fixed point'}` : '0', state: name ? `the ${name}` : 'the origin', count, note, details };
  scrubber.figures.draw(engine, scrubber.nameOf(trial), said);
  if (scrubber.rests) scrubber.figures.explain(engine, said);
  const { diagram } = views.morph;
  const branches = views.morph.showsBranches;
  const awaited = !diagram && scrubber.rests && resting.pending.has('diagram');
  setText(parts.morphSubtitle, branches ? (diagram.cycles.length ? 'fixed points; dots: limit cycle' : 'fixed points') : awaited ? `branches ${resting.progress.diagram ?? ''}` : 'at the origin');
  setTitle(parts.morphSubtitle, branches ? `${DRAWN} ${diagram.sentence}` : diagram ? '' : String(resting.problems.diagram ?? ''));
  tellScripts(scrubber);
}

/** For scripts and tests: the fixed points at the resting probe; nothing while it moves. */
function tellScripts({ parts: { root }, resting, rests }) {
  if (!rests) {
    if ('fixedPoints' in root.dataset) {
      delete root.dataset.fixedPoints;
      delete root.dataset.completeness;
    }
    return;
  }
  const points = resting.points.map(({ k, scores, kind, residual, re, im }) => ({ k: Array.from(k), scores, kind, residual, eigenvalues: re.map((value, i) => [value, im[i]]) }));
  root.dataset.fixedPoints = JSON.stringify(points);
  root.dataset.completeness = resting.claim?.completeness ?? 'followed';
}

/** A fixed point for the tooltip. */
export function tellPoint({ point, outside }, points, { R, dtOverTau }) {
  const verdict = (count) => (count === 0 ? 'stable' : `${count} of ${R} directions unstable`);
  const rows = [
    [`at dt/\u03c4 = ${significant(dtOverTau)}`, verdict(point.unstable)],
    ['continuous time', verdict(point.unstableContinuous)],
    [point.kind === 'slow' ? 'speed per \u03c4' : 'residual', significant(point.kind === 'slow' ? point.speed : point.residual, 2)],
  ];
  if (outside) rows.push(['place', 'outside the view']);
  const name = nameOf(point, points);
  return { title: name[0].toUpperCase() + name.slice(1), rows };
}

/** An eigenvalue for the tooltip: what it means in seconds and Hz, and in continuous time; `times`: how many are equal. */
export function tellEigenvalue(re, im, { dt, dtOverTau: a }, times = 1) {
  const modulus = Math.hypot(re, im);
  const [time, unit] = duration(Math.abs(dt / Math.log(modulus)));
  const tau = dt / a;
  const rows = [
    ['|\u03bb|', significant(modulus, 4)],
    [modulus > 1 ? 'grows in' : 'decays in', `${time} ${unit}`],
    ['frequency', Math.abs(im) > 1e-9 ? `${significant(frequencyOf(re, im, dt))} Hz` : re < 0 ? 'every second step' : 'none'],
    ['continuous', `${fixed((re - 1) / a / tau, 2)}${Math.abs(im) > 1e-9 ? ` \u00b1 ${fixed(Math.abs(im) / a / tau, 2)} i` : ''} per s`],
  ];
  const sign = Math.abs(im) > 1e-9 ? ` ${im < 0 ? '\u2212' : '+'} ${fixed(Math.abs(im), 4)} i` : '';
  return { title: `\u03bb = ${fixed(re, 4)}${sign}${times > 1 ? `, ${times} times` : ''}`, rows };
}

function setTitle(element, title) {
  if (element.title !== title) element.title = title;
}
