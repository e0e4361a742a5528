/** A small table beside the pointer. */

import { cell, words } from '../format.js';
import { h } from './dom.js';

const MOST_ROWS = 14;

/** @param {HTMLElement} element @param {HTMLElement} root both positioned in the same frame */
export function showTooltip(element, root, { title, rows }, clientX, clientY) {
  const shown = rows.slice(0, MOST_ROWS).map(([name, value]) => h('tr', {}, [h('th', { text: words(String(name)) }), h('td', { text: cell(value) })]));
  const children = [h('strong', { text: title }), h('table', {}, [h('tbody', {}, shown)])];
  if (rows.length > MOST_ROWS) children.push(h('span', { class: 'jx-more', text: `${rows.length - MOST_ROWS} more column${rows.length > MOST_ROWS + 1 ? 's' : ''}` }));
  element.replaceChildren(...children);
  element.hidden = false;
  const frame = root.getBoundingClientRect();
  const box = element.getBoundingClientRect();
  const x = Math.min(clientX - frame.left + 14, frame.width - box.width - 6);
  const y = clientY - frame.top + 16;
  element.style.left = `${Math.max(6, x)}px`;
  element.style.top = `${Math.max(6, y + box.height > frame.height ? clientY - frame.top - box.height - 12 : y)}px`;
}
