import { action, confirmed } from './acting.js';
import { get, post } from './api.js';
import { empty, field, h, pill, select } from './dom.js';
import { keyed, poll, table } from './lists.js';
import { shownOnce } from './one-time-secret.js';
import type { Place } from './place.js';
import { switchButton, switchState } from './switching.js';
import { ago } from './times.js';
import type { Client } from './wire.js';

const EVERY_MILLISECONDS = 5000;

/** The tenant’s OAuth clients. A new secret stands below them until the view goes. */
export function clientsTable(place: Place, signal: AbortSignal): HTMLElement {
  const secret = h('div', { 'aria-live': 'polite' });
  const none = empty('There is no client', 'POST /admin/tenants/{slug}/clients makes one.');
  const { element, body, row } = table(['Client', 'Grants', 'State', 'Secret of before', ''], 'OAuth clients');
  const replaceSecret = async (client: Client) => {
    const made = await newSecret(`${place.base}/clients/${client.client_id}`, client.name);
    if (made === null) return;
    secret.replaceChildren(shownOnce(`The new secret of “${client.name}”. Keep it now`, made));
    secret.scrollIntoView({ block: 'nearest' });
    await refresh();
  };
  const showRows = keyed(
    body,
    ({ client_id: id }: Client) => id,
    (client) =>
      row(
        [h('b', {}, client.name), h('small', {}, client.client_id)],
        client.grants.join(', '),
        [switchState(client.disabled), client.public && pill('public', 'idle')],
        ago(client.previous_secret_until, 'none'),
        h(
          'div',
          { class: 'row' },
          !client.public && action('New secret…', () => replaceSecret(client), { act: 'secret' }),
          switchOf(place, client, () => refresh()),
        ),
      ),
  );
  const refresh = poll(
    EVERY_MILLISECONDS,
    async (turn) => {
      const { clients } = await get<{ clients: Client[] }>(`${place.base}/clients`, turn);
      none.hidden = clients.length > 0;
      element.hidden = clients.length === 0;
      showRows(clients);
    },
    signal,
  );
  return h('div', {}, none, element, secret);
}

function switchOf(place: Place, { client_id: id, name, disabled }: Client, done: () => Promise<void>) {
  const ends = 'Within a second its secret is refused, and so are all tokens that were issued to it, of every user.';
  return switchButton({ what: `client “${name}”`, path: `${place.base}/clients/${id}`, disabled, ends }, done);
}

/** Asks for how long the one of before is good, and makes it. @returns null where the answer was no */
async function newSecret(path: string, name: string): Promise<string | null> {
  const grace = select('grace', [
    ['0', 'no longer'],
    ['3600', 'an hour'],
    ['86400', 'a day'],
    ['604800', 'a week'],
  ]);
  const question = {
    title: `A new secret for “${name}”?`,
    text: 'Whatever signs in with the one of before needs the new one by the time that is chosen here. The new one is shown once.',
    more: field('The one of before is good for', grace),
    verb: 'Make it',
    danger: true,
  };
  if (!(await confirmed(question))) return null;
  const { client_secret: secret } = await post<{ client_secret: string }>(`${path}/secret`, {
    grace_seconds: Number(grace.value),
  });
  return secret;
}
