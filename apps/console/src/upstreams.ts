import { action, tell } from './acting.js';
import { get, post } from './api.js';
import { empty, h, pill, type Tone } from './dom.js';
import { keyed, poll } from './lists.js';
import { titled, type Place } from './place.js';
import { ago } from './times.js';
import type { Upstream } from './wire.js';

const TONES: Readonly<Record<string, Tone>> = { ok: 'good', failing: 'warn', paused: 'bad', unknown: 'idle' };
const EVERY_MILLISECONDS = 5000;

interface Examined {
  ok: boolean;
  checks: { check: string; ok: boolean; detail: string }[];
}

/** Other servers whose apps stand in the tenant’s list, and how they fare. */
export function upstreamsView(place: Place, signal: AbortSignal): HTMLElement {
  const none = empty(
    'There is no upstream',
    'PUT /admin/tenants/{slug}/upstreams/{name} makes one: Zapier, or another Gatehouse (docs/upstreams.md).',
  );
  const cards = h('div', { class: 'cards wide' });
  // What was found stays, however often the card is drawn anew.
  const found = new Map<string, HTMLElement>();
  const foundOf = (name: string) => {
    const list = found.get(name) ?? h('ul', { class: 'checks' });
    found.set(name, list);
    return list;
  };
  const show = keyed(
    cards,
    ({ name }: Upstream) => name,
    (upstream) => cardOf(place, upstream, foundOf(upstream.name), () => refresh()),
  );
  const refresh = poll(
    EVERY_MILLISECONDS,
    async (turn) => {
      const { upstreams } = await get<{ upstreams: Upstream[] }>(`${place.base}/upstreams`, turn);
      none.hidden = upstreams.length > 0;
      show(upstreams);
    },
    signal,
  );
  return h('article', {}, titled('Upstreams', place.name), none, cards);
}

function cardOf(
  place: Place,
  { name, title, mode, enabled, api_url: api, health }: Upstream,
  found: HTMLElement,
  done: () => Promise<void>,
): HTMLElement {
  const path = `${place.base}/upstreams/${encodeURIComponent(name)}`;
  const examine = async () => {
    const { ok, checks } = await post<Examined>(`${path}/doctor`);
    found.replaceChildren(
      ...checks.map((one) => h('li', { class: one.ok ? 'good' : 'bad' }, h('b', {}, one.check), ' ', one.detail)),
    );
    tell(ok ? `${title} is well.` : `${title} has a problem: see its card.`, ok ? 'good' : 'bad');
  };
  const sync = async () => {
    await post(`${path}/sync`);
    tell(`The apps of ${title} are read now.`);
    await done();
  };
  const state = enabled ? (health?.state ?? 'unknown') : 'off';
  return h(
    'div',
    { class: 'card' },
    h('div', { class: 'row between' }, h('b', {}, title), pill(state, TONES[state] ?? 'idle')),
    h('small', {}, `${name} · ${mode} · ${api}`),
    health && h('dl', {}, ...facts(health)),
    h(
      'div',
      { class: 'row' },
      action('Examine', examine, { act: 'examine' }),
      action('Read its apps', sync, { act: 'sync' }),
    ),
    found,
  );
}

function facts(health: NonNullable<Upstream['health']>): HTMLElement[] {
  const rows: [string, HTMLElement | string | number | null][] = [
    ['Apps', health.apps],
    ['Read', ago(health.synced_at, 'never')],
    ['Answered', ago(health.answered_at, 'never')],
    ['Failing since', health.failing_since && ago(health.failing_since)],
    ['Left alone until', health.paused_until && ago(health.paused_until)],
    ['Last failure', health.last_failure],
  ];
  return rows.filter(([, value]) => value !== null).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]);
}
