import { statusOf } from './account.js';
import { h } from './dom.js';

/** `connections` is undefined until they are known. */
export function appCard(app, { isOpen, connections, onOpen }) {
  const isConnected = connections?.some((connection) => statusOf(connection) === 'connected');
  const state =
    connections &&
    h('span', { class: isConnected ? 'chip good' : 'chip' }, isConnected ? 'Connected' : 'Not connected');
  const image = app.image
    ? h('img', { src: app.image, alt: '', width: 36, height: 36 })
    : h('span', { class: 'avatar square', 'aria-hidden': 'true' }, app.title.charAt(0));
  const words = h('span', { class: 'app-words' }, h('b', {}, app.title), h('small', {}, app.description));
  const hooks = { 'data-app': app.key ?? app.id, 'aria-pressed': String(isOpen) };
  return h('button', { class: 'app', type: 'button', ...hooks, onclick: onOpen }, image, words, state);
}
