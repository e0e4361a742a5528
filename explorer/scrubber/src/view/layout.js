/** The skeleton of the page: panels with a title line each, in place before any model is. */

import { h } from './dom.js';

export const FIGURES = ['Spectral radius', 'Leading frequency', 'Slowest mode', 'Fixed points', 'R\u00b2, nearest trial', 'Distance to the data'];

/** @returns {Record<string, HTMLElement>} the parts by name, `root` being the whole */
export function buildLayout() {
  const parts = {};
  const keep = (name, element) => (parts[name] = element);
  const canvas = (name, attributes) => keep(name, h('canvas', { class: 'jx-canvas', ...attributes }));
  const panel = (area, title, choices, body) => {
    const subtitle = keep(`${area}Subtitle`, h('span', { class: 'jx-subtitle' }));
    const head = h('header', { class: 'jx-head' }, [h('h2', { text: title }), subtitle, h('span', { class: 'jx-choices' }, choices)]);
    return h('section', { class: `jx-panel jx-${area}`, 'aria-label': title }, [head, ...body]);
  };
  const button = (name, text, title, extra = {}) => keep(name, h('button', { type: 'button', class: 'jx-button', text, title, ...extra }));

  const map = panel('map', 'Embedding', [
    h('label', { class: 'jx-colour' }, [h('span', { text: 'Colour' }), keep('colour', h('select', { class: 'jx-select', 'aria-label': 'Colour the trials by' }))]),
  ], [
    canvas('map', {
      'data-testid': 'scrubber-map', tabindex: '0', role: 'application',
      'aria-label': 'Embedding. Press or drag to move the probe; arrow keys nudge it, S snaps to the nearest trial, P pins, Space plays.',
    }),
    h('footer', { class: 'jx-foot' }, [keep('legend', h('div', { class: 'jx-legend' })), h('span', { class: 'jx-hint', text: 'drag \u00b7 arrows nudge \u00b7 S snap \u00b7 P pin' })]),
  ]);
  const trajectory = panel('trajectory', 'Trajectory', [button('view3d', '3-D', 'Three components, turned by dragging'), button('view2d', '2-D', 'Components 1 and 2')], [
    canvas('trajectory', { tabindex: '0', role: 'img', 'aria-label': 'Trajectory and fixed points on principal components; drag or arrow keys turn it, double-click turns it back, Enter goes from fixed point to fixed point.' }),
    h('footer', { class: 'jx-foot jx-over' }, [h('div', { class: 'jx-legend' }, [
      mark('jx-mark-square', 'start'), mark('jx-mark-dot', 'end'), keep('recorded', mark('jx-mark-line', 'recorded')), mark('jx-mark-faint', 'other trials'),
      ...['stable', 'saddle', 'unstable', 'slow'].map((kind) => keep(kind, mark(`jx-mark-${kind}`, kind))),
    ])]),
  ]);
  const spectrum = panel('spectrum', 'Eigenspectrum', [
    group([button('atOrigin', 'origin', 'Of the Jacobian at the origin'), button('atPoint', 'fixed point', 'Of the Jacobian at a fixed point; again: at the next one')]),
    button('near', 'near 1', 'Only the neighbourhood of 1, where slow modes are'),
  ], [
    canvas('spectrum', { role: 'img', 'aria-label': 'Eigenvalues of the Jacobian in the complex plane' }),
    h('footer', { class: 'jx-foot jx-over jx-above-axis' }, [
      keep('about', h('span', { text: 'about the origin' })),
      h('span', { class: 'jx-entry' }, [h('i', { class: 'jx-mark jx-mark-ring' }), keep('bulk', h('span'))]),
    ]),
  ]);
  const activity = panel('activity', 'Activity', [
    keep('scale', h('span', { class: 'jx-scale', title: 'scaled activity: (activity \u2212 mean) / scale of each neuron, fitted on training trials' })),
    button('sortAll', 'all trials', 'Neurons in the order of their peak in the mean over training trials'),
    button('sortTrial', 'this trial', 'Neurons in the order of their peak in the trial last snapped to'),
  ], [canvas('activity', { role: 'img', 'aria-label': 'Heat maps of generated and recorded activity' })]);
  const morph = panel('morph', 'Morph A \u2192 B', [
    group([button('branches', 'branches', 'Fixed points along the path'), button('moduli', 'eigenvalues', 'Moduli and frequencies at the origin along the path')]),
  ], [
    canvas('morph', { tabindex: '0', role: 'slider', 'aria-label': 'Place on the path from A to B', 'aria-valuemin': '0', 'aria-valuemax': '1', 'aria-valuenow': '0' }),
    h('footer', { class: 'jx-foot jx-player' }, [
      button('pinA', 'Pin A', 'Put pin A at the probe (A)'),
      button('play', '\u25b6', 'Play from A to B (Space)', { 'aria-label': 'Play' }), keep('part', h('span', { class: 'jx-number', text: '0.00' })),
      button('loop', '\u21bb loop', 'Start again at A after B', { 'aria-pressed': 'false' }), button('speed', '1\u00d7', 'Speed: 1\u00d7 takes four seconds'),
      button('pinB', 'Pin B', 'Put pin B at the probe (B)'),
    ]),
  ]);
  const dimensions = panel('dimensions', 'Dimensions', [
    keep('frame', h('span', { class: 'jx-frame', title: 'Weights, rollout, eigenvalues, fixed points and every view of the last frame, computed and drawn in the browser' })),
  ], [h('div', { class: 'jx-stack' }, [canvas('dimensions', { 'aria-hidden': 'true' }), keep('sliders', h('div', { class: 'jx-sliders' }))])]);
  const figures = h('section', { class: 'jx-figures', 'aria-label': 'Figures' }, FIGURES.map((title, i) => keep(`figure${i}`, figure(title))));

  keep('tooltip', h('div', { class: 'jx-tooltip', hidden: '' }));
  keep('message', h('p', { class: 'jx-message', role: 'alert', hidden: '' }));
  keep('live', h('div', { class: 'jx-live', 'aria-live': 'polite' }));
  parts.grid = h('div', { class: 'jx-grid' }, [map, trajectory, spectrum, activity, morph, dimensions, figures]);
  parts.root = h('div', { class: 'jx', 'data-testid': 'scrubber', 'data-mode': 'browser', 'data-frames': '0' }, [parts.grid, parts.tooltip, parts.message, parts.live]);
  return parts;
}

/** Buttons of which one is on, side by side. */
function group(buttons) {
  return h('span', { class: 'jx-group' }, buttons);
}

function mark(kind, text) {
  return h('span', { class: 'jx-entry' }, [h('i', { class: `jx-mark ${kind}` }), h('span', { text })]);
}

function figure(title) {
  return h('div', { class: 'jx-figure' }, [
    h('h3', { text: title }),
    h('p', { class: 'jx-value' }, [h('b', { text: '\u2013' }), h('span')]),
    h('p', { class: 'jx-note' }),
  ]);
}
