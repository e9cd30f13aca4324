import { html } from 'ghtml';
import { type App, findApp } from './catalog.js';
import type { ConnectSession } from './connect-sessions.js';
import type { Exchange, Handler } from './exchange.js';
import { layout, messagePage, popupPage } from './pages.js';
import type { User } from './people.js';
import { page, redirect, type Reply } from './reply.js';
import type { PartnerRegistration } from './settings.js';

/** Where an end of Connect is told: by redirect, or to the window that opened it. */
type Opening = Pick<ConnectSession, 'client' | 'redirectUri' | 'state'>;

const LONGEST_STATE = 512;

/** protocol.md §5: the first GET takes the token, and goes on at an address without it (C24). */
export const openConnect: Handler = (exchange, { app: name = '' }) => {
  const { world, method, headers, query, fired } = exchange;
  if (method === 'HEAD' || /prefetch/i.test(String(headers['sec-purpose'] ?? ''))) return page('');
  const token = world.tokens.connect(query.get('token') ?? '');
  // Who would be told of it is not known.
  if (!token) return page(messagePage('This link does not work', 'invalid_request: Invalid token'), 400);
  const { client, user } = token;
  exchange.client = client;
  exchange.user = user.name;
  const [redirectUri, state] = [query.get('redirect_uri'), query.get('state')];
  if (redirectUri !== null && !partnerOf(exchange, client).redirectUris.includes(redirectUri)) {
    return page(messagePage('This link does not work', 'redirect_uri is not registered.'), 400);
  }
  const opening = { client, redirectUri, state: state === null ? null : state.slice(0, LONGEST_STATE) };
  if (token.usedAt !== null) return fail(exchange, opening, 'invalid_request', 'Invalid token');
  token.usedAt = world.now();
  if (token.expiresAt <= world.now()) return fail(exchange, opening, 'invalid_request', 'Token expired');
  const app = findApp(name);
  if (!app || (token.app !== null && token.app !== app))
    return fail(exchange, opening, 'invalid_request', 'Invalid app');
  if (fired.connect_fails) return fail(exchange, opening, fired.connect_fails.error, fired.connect_fails.description);
  const [theme, reconnectId] = [query.get('theme'), query.get('reconnect_id')];
  const id = world.connectSessions.open({ ...opening, user, app, theme, reconnectId }, world.now());
  return redirect(`/to/${app.key}/session/${id}`);
};

export const showConnect: Handler = (exchange, { session: id = '' }) => {
  const session = exchange.world.connectSessions.find(id, exchange.world.now());
  if (!session) return page(messagePage('This page has ended', 'Begin again where you came from.'), 410);
  return page(connectPage(session.app, session.user));
};

/** The person has connected an account, or has declined. */
export const decideConnect: Handler = (exchange, { session: id = '' }) => {
  const { world, fired } = exchange;
  const session = world.connectSessions.find(id, world.now());
  if (!session) return page(messagePage('This page has ended', 'Begin again where you came from.'), 410);
  world.connectSessions.end(id);
  const { app, user, client, redirectUri, state } = session;
  exchange.client = client;
  exchange.user = user.name;
  const form = new URLSearchParams(exchange.body);
  if (fired.connect_fails) return fail(exchange, session, fired.connect_fails.error, fired.connect_fails.description);
  // As documented: that somebody declined is an error of the server.
  if (form.get('decision') !== 'connect') return fail(exchange, session, 'server_error', 'OAuth Failed: access_denied');
  const connectionId = establish(exchange, session, form.get('title') ?? undefined);
  if (connectionId === null) return fail(exchange, session, 'server_error', 'An unexpected error occurred');
  if (redirectUri !== null) {
    return back(redirectUri, { authentication_id: connectionId, service: app.key, ...(state !== null && { state }) });
  }
  const authId = fired.numeric_ids ? Number(connectionId) : connectionId;
  return page(popupPage('Connected', { type: 'authenticationSuccess', authId }, openersOf(exchange, client)));
};

/** Connecting again keeps the id (C25). @returns null when there is no such connection of this user and app */
function establish({ world }: Exchange, { user, app, reconnectId }: ConnectSession, title?: string): string | null {
  if (reconnectId === null) return world.people.connect(user, app, title || undefined).id;
  const known = world.people.connection(user, reconnectId);
  if (!known || known.app !== app) return null;
  world.people.setExpired(known.id, false);
  return known.id;
}

function fail(exchange: Exchange, { client, redirectUri, state }: Opening, error: string, description: string): Reply {
  if (redirectUri !== null) {
    return back(redirectUri, { error, error_description: description, ...(state !== null && { state }) });
  }
  const message = { type: 'authenticationError', error: description };
  return page(popupPage('Not connected', message, openersOf(exchange, client)));
}

function back(uri: string, values: Record<string, string>): Reply {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(values)) url.searchParams.append(name, value);
  return redirect(url.href);
}

/** The message goes to origins of the partner alone (C22). */
function openersOf(exchange: Exchange, client: string): string[] {
  const { origins, redirectUris } = partnerOf(exchange, client);
  return [...new Set([...origins, ...redirectUris.map((uri) => new URL(uri).origin)])];
}

function partnerOf({ world }: Exchange, client: string): PartnerRegistration {
  const partner = world.partners.get(client);
  if (!partner) throw new Error(`There is no partner ${client}.`);
  return partner;
}

export function connectPage(app: App, user: User): string {
  return layout(
    `Connect ${app.title}`,
    html`<p>This stands for the page of ${app.title} where <b>${user.name}</b> signs in and agrees.</p>
      <form method="post">
        <p>
          <label>Account <input name="title" value="${app.title} ${user.name}" required /></label>
        </p>
        <button name="decision" value="connect" data-zapier="connect">Connect</button>
        <button name="decision" value="decline" data-zapier="decline">Decline</button>
      </form>`,
  );
}
