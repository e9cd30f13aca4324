import { button, tell } from './acting.js';
import { h } from './dom.js';

/** A secret that no answer will have again. It is in this element and nowhere else. */
export function shownOnce(what: string, secret: string): HTMLElement {
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    tell('It is in the clipboard.');
  };
  return h(
    'div',
    { class: 'secret' },
    h('p', {}, `${what}: it is shown this once, and stored nowhere.`),
    h('div', { class: 'row' }, h('code', {}, secret), isSecureContext && button('Copy', copy)),
  );
}
