import { findApp } from './catalog.js';
import { connectPage } from './connect-ui.js';
import type { Exchange, Handler, Parts } from './exchange.js';
import { layout, messagePage, popupPage } from './pages.js';
import { notFound } from './problem.js';
import { page } from './reply.js';

/** Connecting for account holders (protocol.md §5.5): a popup that says who it connected. */
export const showAccountConnect: Handler = (exchange, parts) => {
  const { app, user } = connecting(exchange, parts);
  return page(connectPage(app, user));
};

export const decideAccountConnect: Handler = (exchange, parts) => {
  const { world, body, fired } = exchange;
  const { app, user } = connecting(exchange, parts);
  exchange.user = user.name;
  const form = new URLSearchParams(body);
  // Nobody is told of a popup that is given up.
  if (form.get('decision') !== 'connect') return page(layout('Not connected', '<script>window.close();</script>'));
  const { id } = world.people.connect(user, app, form.get('title') || undefined);
  const message = { type: 'zapier.popup.close', authentication_id: fired.numeric_ids ? Number(id) : id };
  const partners = [...world.partners.values()];
  const origins = partners.flatMap((one) => [...one.origins, ...one.redirectUris.map((uri) => new URL(uri).origin)]);
  return page(popupPage('Connected', message, [...new Set(origins)]));
};

export const showPopupEnd: Handler = () => page(messagePage('Connected', 'You can close this window.'));

function connecting({ world, query }: Exchange, { implementation = '' }: Parts) {
  const app = findApp(implementation.split('@')[0] ?? '');
  const user = world.people.byId(query.get('emulated_user') ?? '');
  if (!app || !user) throw notFound();
  return { app, user };
}
