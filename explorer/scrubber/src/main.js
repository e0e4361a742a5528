/** Streamlit's door: called at mount and again after every rerun with the same parent. */

import style from './style.css';
import { Scrubber } from './scrubber.js';

const mounted = new WeakMap();

/**
 * @param {{data: Uint8Array | null, parentElement: HTMLElement, setStateValue: (name: string, value: any) => void}} component
 * @returns {() => void} takes the component away
 */
export default function mount({ data, parentElement, setStateValue }) {
  let entry = mounted.get(parentElement);
  if (!entry) {
    const sheet = document.createElement('style');
    sheet.textContent = style;
    parentElement.append(sheet);
    entry = { scrubber: new Scrubber(parentElement), sheet, bytes: null, told: '' };
    mounted.set(parentElement, entry);
  }
  const { scrubber } = entry;
  scrubber.report = (view) => {
    const text = JSON.stringify(view);
    if (text === entry.told) return;
    const first = entry.told === '';
    entry.told = text;
    setStateValue('view', first ? { ...view, first } : view);
  };
  if (!(data instanceof Uint8Array)) scrubber.say('There is no model to show yet.');
  else if (!entry.bytes || !sameBytes(data, entry.bytes)) {
    entry.bytes = data;
    entry.told = '';
    scrubber.load(data);
  } else scrubber.restyleIfChanged();
  return () => {
    scrubber.destroy();
    entry.sheet.remove();
    mounted.delete(parentElement);
  };
}

/** Every rerun brings the buffer again: its beginning and every 61st byte tell another model, in less than a frame's time. */
function sameBytes(one, other) {
  if (one === other) return true;
  if (one.byteLength !== other.byteLength) return false;
  for (let i = 0; i < one.byteLength; i += i < 4096 ? 1 : 61) if (one[i] !== other[i]) return false;
  return true;
}
