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

/** Set text only where it differs, and in the node that is there: a new one would cost its style and layout. */
export function setText(element, text) {
  const node = element.firstChild;
  if (node?.nodeType === Node.TEXT_NODE && !node.nextSibling) {
    if (node.data !== text) node.data = text;
  } else if (element.textContent !== text) element.textContent = text;
}
