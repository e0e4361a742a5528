/** What the map's colours and marks mean. */

import { gradient } from '../palette.js';
import { h } from './dom.js';

const MOST_ENTRIES = 24;

/**
 * @param {HTMLElement} element emptied and filled
 * @param {object} legend of `colouring`
 * @param {Record<string, number>} splits trials by `split`
 */
export function fillLegend(element, legend, splits) {
  const entries = [];
  if (legend.kind === 'categories') {
    for (const { label, colour, count } of legend.entries.slice(0, MOST_ENTRIES)) entries.push(entry('jx-mark-dot', colour, label, `${count} trials`));
    const more = legend.entries.length - MOST_ENTRIES;
    if (more > 0) entries.push(h('span', { class: 'jx-more', text: `${more} more` }));
  } else {
    const bar = h('i', { class: 'jx-bar' });
    bar.style.background = gradient(legend.ramp);
    const ticks = h('span', { class: 'jx-ticks' }, legend.ticks.map((text) => h('span', { text })));
    entries.push(h('span', { class: 'jx-entry jx-colourbar' }, [bar, ticks]));
    if (legend.missing) entries.push(entry('jx-mark-dot', legend.missingColour, 'missing', `${legend.missing} trials`));
  }
  const outside = Object.entries(splits).filter(([name]) => name !== 'train');
  if (outside.length) {
    const names = outside.map(([name]) => name).join(', ');
    const counts = outside.map(([name, count]) => `${count} ${name}`).join(', ');
    entries.push(entry('jx-mark-ring', 'currentColor', names, `${counts}; contexts inferred with the hypernetwork frozen`));
  }
  element.replaceChildren(...entries);
}

function entry(kind, colour, text, title) {
  const mark = h('i', { class: `jx-mark ${kind}` });
  mark.style.color = colour;
  return h('span', { class: 'jx-entry', title }, [mark, h('span', { text })]);
}

/** How many trials each split has. */
export function countSplits(trials) {
  const counts = {};
  for (const value of trials.find((column) => column.name === 'split')?.values ?? []) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
