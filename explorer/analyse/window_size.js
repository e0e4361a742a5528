// Tells Python how large the window is, so that figures are drawn once, at their size. Below 1000 px panels stand above each
// other and only the width counts: the height of a phone's window changes with every touch.

const watched = new WeakMap();

const size = () => [window.innerWidth, window.innerWidth < 1000 ? 0 : window.innerHeight];

/**
 * @param {{data: number[] | null, parentElement: HTMLElement, setStateValue: (name: string, value: any) => void}} component
 * @returns {() => void} stops telling
 */
export default function mount({ data, parentElement, setStateValue }) {
  watched.get(parentElement)?.();
  const tell = () => {
    if (String(size()) !== String(data)) setStateValue('size', size());
  };
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(tell, 250);
  };
  window.addEventListener('resize', later);
  const stop = () => {
    clearTimeout(timer);
    window.removeEventListener('resize', later);
  };
  watched.set(parentElement, stop);
  tell();
  return stop;
}
