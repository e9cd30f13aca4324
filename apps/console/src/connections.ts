import { action, attempt, confirmed, tell } from './acting.js';
import { call, post, query } from './api.js';
import { code, empty, h, pill, select, textInput, type Tone } from './dom.js';
import { keyed, pages, poll, table } from './lists.js';
import { addressOf, titled, type Place } from './place.js';
import { ago } from './times.js';
import type { Connection } from './wire.js';

const TONES: Record<Connection['status'], Tone> = {
  pending: 'busy',
  connected: 'good',
  degraded: 'warn',
  needs_reauth: 'bad',
  disabled: 'idle',
  deleted: 'idle',
};
const EVERY_MILLISECONDS = 3000;

/** Whose accounts are connected, how they fare, and when each token is renewed. */
export function connectionsView(place: Place, signal: AbortSignal): HTMLElement {
  const filters = filterForm(['app', 'org', 'user'], 'status', Object.keys(TONES), () => void attempt(list.restart));
  const none = h('div');
  const { element, body, row } = table(
    ['Account', 'Owner', 'Health', 'Token ends', 'Next refresh', ''],
    'Connections, newest first',
  );
  const draw = (connection: Connection) =>
    row(
      [
        h('b', {}, connection.account.title ?? connection.title),
        h('small', {}, connection.app.key, ' · ', code(connection.id)),
      ],
      [connection.user, h('small', {}, connection.org)],
      health(connection),
      ago(connection.expires_at, 'no end'),
      refreshTime(connection),
      h('div', { class: 'row' }, ...actionsOf(place, connection, () => list.refresh())),
    );
  const showRows = keyed(body, ({ id }: Connection) => id, draw);
  const list = pages<Connection>({
    address: () => `${place.base}/connections${query(filters.values())}`,
    member: 'connections',
    signal,
    show: (connections) => {
      element.hidden = connections.length === 0;
      none.replaceChildren(...(connections.length === 0 ? [nothing(filters.isSet())] : []));
      showRows(connections);
    },
  });
  poll(EVERY_MILLISECONDS, list.refresh, signal);
  const kill = h('a', { class: 'button plain', href: addressOf(place, 'kill-switch') }, 'Kill switch…');
  return h('article', {}, titled('Connections', place.name, kill), filters.element, none, element, list.more);
}

function nothing(isFiltered: boolean): HTMLElement {
  return isFiltered
    ? empty(
        'No connection is like that',
        'Take a filter away. Deleted ones are shown under the status “deleted” alone.',
      )
    : empty(
        'Nobody has connected an account yet',
        'Users do it in Connect: exchange a session code, and open its page (docs/connect.md).',
      );
}

function health({
  status,
  status_reason: reason,
  status_since: since,
  refresh_failures: failures,
}: Connection): HTMLElement {
  const more = failures > 0 && h('small', { class: 'bad' }, `${failures} failed in a row`);
  return h(
    'div',
    {},
    pill(status, TONES[status]),
    h('small', {}, 'since ', ago(since)),
    more,
    reason !== null && h('small', {}, reason),
  );
}

function refreshTime({ next_refresh_at: next, last_refreshed_at: last }: Connection): HTMLElement {
  if (next === null) return h('span', { class: 'soft' }, 'none');
  const isDue = Date.parse(next) <= Date.now();
  return h('div', {}, isDue ? h('b', {}, 'due now') : ago(next), h('small', {}, 'last ', ago(last)));
}

function actionsOf(place: Place, { id, status, title, account, user }: Connection, done: () => Promise<void>) {
  const path = `${place.base}/connections/${id}`;
  const refresh = async () => {
    const text = `${account.title ?? title} of ${user}: its refresh token is sent to the app now, before it is due. Many apps take one once only, and give another for it.`;
    if (!(await confirmed({ title: 'Refresh this connection?', text, verb: 'Refresh' }))) return;
    await post(`${path}/refresh`);
    tell('A worker renews it now.');
    await done();
  };
  const revoke = async () => {
    const text = `${account.title ?? title} of ${user}: its tokens are wiped at once, and its app is told. ${user} has to connect again.`;
    if (!(await confirmed({ title: 'Revoke this connection?', text, verb: 'Revoke', danger: true }))) return;
    const { revocation } = await call<{ revocation: string }>('DELETE', path);
    tell(`It is disconnected. The app: ${revocation}.`);
    await done();
  };
  const canRefresh = status === 'connected' || status === 'degraded';
  return [
    canRefresh && action('Refresh now', refresh, { act: 'refresh' }),
    status !== 'deleted' && action('Revoke', revoke, { act: 'revoke', kind: 'danger' }),
  ];
}

/** Text filters and one of a list of states; asked again as they change. */
export function filterForm(texts: readonly string[], state: string, states: readonly string[], onChange: () => void) {
  const inputs = texts.map((name) => textInput(name, name, { 'aria-label': `Only this ${name}`, type: 'search' }));
  const options = states.map((value) => [value, value.replaceAll('_', ' ')] as const);
  const choice = select(state, [['', `any ${state}`], ...options]);
  choice.setAttribute('aria-label', `Only this ${state}`);
  const controls = [...inputs, ...(states.length > 0 ? [choice] : [])];
  const asked = (event: Event) => {
    event.preventDefault();
    onChange();
  };
  const element = h('form', { class: 'row filters', role: 'search', onsubmit: asked, onchange: onChange }, ...controls);
  const values = () => Object.fromEntries(controls.map(({ name, value }) => [name, value.trim()]));
  return { element, values, isSet: () => controls.some(({ value }) => value.trim() !== '') };
}
