import { h } from './dom.js';

/** JSON in colours, as text: nothing in it can become markup. */
export function jsonView(value) {
  const parts = JSON.stringify(value, null, 2).split(
    /("(?:[^"\\]|\\.)*"(?:\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/,
  );
  return h(
    'pre',
    { tabindex: 0 },
    parts.map((part) => (part === '' ? null : h('span', { class: kind(part) }, part))),
  );
}

function kind(part) {
  if (part.endsWith(':')) return 'key';
  if (part.startsWith('"')) return 'text';
  return /^(-?\d|true|false|null)/.test(part) ? 'value' : undefined;
}
