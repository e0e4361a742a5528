/**
 * Streamlit's second door: hands what Python found for the resting probe to the live component of the same page. A message to that
 * component itself would bring its code and its model again. While something is still being computed it asks again, at growing
 * intervals and only while the hand rests.
 */

const FIRST_MS = 300;
const LONGEST_MS = 2000;
const MOVING_MS = 250;
const timers = new WeakMap();

/**
 * @param {{data: object | null, parentElement: HTMLElement, setTriggerValue: (name: string, value: any) => void}} component
 * @returns {() => void} stops asking
 */
export default function mount({ data, parentElement, setTriggerValue }) {
  clearTimeout(timers.get(parentElement));
  const scrubber = () => document.querySelector('[data-testid=scrubber]');
  scrubber()?.dispatchEvent(new CustomEvent('jedi-resting', { detail: data }));
  const asked = Number(data?.asked) || 0;
  const wait = (ms) => timers.set(parentElement, setTimeout(ask, ms));
  const ask = () => {
    if (scrubber()?.dataset.resting === 'true') setTriggerValue('again', asked + 1);
    else wait(MOVING_MS);
  };
  if (data?.pending?.length) wait(Math.min(LONGEST_MS, FIRST_MS * 1.5 ** asked));
  return () => clearTimeout(timers.get(parentElement));
}
