/** Elements from plain descriptions. Text is always textContent, never markup. */

/**
 * @param {string} tag @param {Record<string, string>} attributes `text` becomes textContent
 * @param {Node[]} children
 */
export function h(tag, attributes = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'text') element.textContent = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Set text only where it differs: an equal text costs no layout. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
