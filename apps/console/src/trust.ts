import { action, confirmed, tell } from './acting.js';
import { get, post } from './api.js';
import { code, empty, h, pill, type Tone } from './dom.js';
import { keyed, poll, table } from './lists.js';
import type { Place } from './place.js';
import { ago } from './times.js';
import type { Trust } from './wire.js';

const TONES: Record<Trust['health'], Tone> = {
  ok: 'good',
  uploaded: 'good',
  failing: 'warn',
  unusable: 'bad',
  not_fetched: 'idle',
};
const EVERY_MILLISECONDS = 5000;

/** The tenant’s own keys, with which it says who its users are: where they come from, and which are trusted. */
export function trustPanel(place: Place, signal: AbortSignal): HTMLElement {
  const card = h('div');
  const none = empty(
    'No key is trusted',
    'A JWT of this tenant is refused unless its JWKS, which is then asked, answers with its key.',
  );
  const { element, body, row } = table(
    ['Key', 'From', 'First seen', 'Last used'],
    'Keys of the tenant that are trusted',
  );
  const showCard = keyed(
    card,
    () => '',
    (trust: Trust) => sourceOf(place, trust, () => refresh()),
  );
  const showRows = keyed(
    body,
    ({ kid }: Trust['keys'][number]) => kid,
    ({ kid, alg, kty, source, first_seen_at: seen, last_used_at: used }) =>
      row(
        [code(kid, 24), h('small', {}, alg ?? kty)],
        source === 'url' ? 'its JWKS' : 'an upload',
        ago(seen),
        ago(used, 'never'),
      ),
  );
  const refresh = poll(
    EVERY_MILLISECONDS,
    async (turn) => {
      const trust = await get<Trust>(`${place.base}/trust`, turn);
      none.hidden = trust.keys.length > 0;
      element.hidden = trust.keys.length === 0;
      showCard([trust]);
      showRows(trust.keys);
    },
    signal,
  );
  return h('div', { class: 'stack' }, card, none, element);
}

function sourceOf(place: Place, trust: Trust, done: () => Promise<void>): HTMLElement {
  const { source, health, ignored } = trust;
  const fetchNow = async (forget: boolean) => {
    const text = forget
      ? 'What was fetched before is forgotten first. If its JWKS does not answer, none of these keys is trusted, and nobody of this tenant comes in, until it does.'
      : 'Its JWKS is asked for now. Keys that it does not name any more are not trusted from then on; if it does not answer, those of before are good for a day.';
    const title = forget ? 'Forget what was fetched?' : 'Fetch the keys now?';
    if (!(await confirmed({ title, text, verb: forget ? 'Forget and fetch' : 'Fetch', danger: forget }))) return;
    const { keys, last_error: failure } = await post<Trust>(`${place.base}/trust/refresh`, { forget });
    if (failure === null) tell(`Fetched. Keys that are trusted: ${keys.length}.`);
    else tell(`It could not be fetched: ${failure}`, 'bad');
    await done();
  };
  const buttons = [
    action('Fetch now', () => fetchNow(false), { act: 'fetch' }),
    action('Forget and fetch', () => fetchNow(true), { act: 'forget', kind: 'danger' }),
  ];
  return h(
    'div',
    { class: 'card' },
    h('div', { class: 'row between' }, h('b', {}, source.jwks_uri ?? 'Uploaded keys'), pill(health, TONES[health])),
    source.jwks_uri !== undefined && h('dl', {}, ...facts(trust)),
    ignored.length > 0 &&
      h(
        'ul',
        { class: 'checks' },
        ...ignored.map(({ kid, reason }) =>
          h('li', { class: 'bad' }, `${kid ?? 'A key without kid'} is not taken. ${reason}`),
        ),
      ),
    source.jwks_uri !== undefined && h('div', { class: 'row' }, ...buttons),
  );
}

function facts(trust: Trust): HTMLElement[] {
  const rows: [string, HTMLElement | string | null][] = [
    ['Fetched', ago(trust.fetched_at, 'never')],
    ['Fresh until', trust.fresh_until && ago(trust.fresh_until)],
    ['Last tried', trust.last_error && ago(trust.last_attempt_at)],
    ['Trusted until', trust.last_error && trust.stale_until && ago(trust.stale_until)],
    ['Failed in a row', trust.last_error && String(trust.failures)],
    ['Last failure', trust.last_error],
  ];
  return rows.filter(([, value]) => value !== null).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]);
}
