import { action, attempt, button, confirmed, tell } from './acting.js';
import { call, get, post, query } from './api.js';
import { filterForm } from './connections.js';
import { code, empty, h, pill, section, type Tone } from './dom.js';
import { keyed, pages, poll, table } from './lists.js';
import { titled, type Place } from './place.js';
import { ago } from './times.js';
import type { Delivery, Webhook } from './wire.js';

const TONES: Record<Delivery['status'], Tone> = { pending: 'busy', delivered: 'good', failed: 'bad' };
const EVERY_MILLISECONDS = 2000;
const MONTH_MILLISECONDS = 30 * 86_400_000;

/** A tenant’s endpoints, and what each was told. */
export function webhooksView(place: Place, signal: AbortSignal): HTMLElement {
  const none = empty(
    'No endpoint listens',
    'The tenant makes one with POST /v2/webhooks and an app token (docs/webhooks.md).',
  );
  const cards = h('div', { class: 'cards' });
  const deliveries = h('div');
  const shown: { id: string | null; end: AbortController } = { id: null, end: new AbortController() };
  const open = (webhook: Webhook) => {
    shown.end.abort();
    shown.end = new AbortController();
    shown.id = webhook.id;
    for (const card of cards.children) card.classList.toggle('open', card.getAttribute('data-id') === webhook.id);
    deliveries.replaceChildren(deliveriesOf(place, webhook, AbortSignal.any([signal, shown.end.signal])));
  };
  const showCards = keyed(
    cards,
    ({ id }: Webhook) => id,
    (webhook) => cardOf(place, webhook, shown.id === webhook.id, open, () => refresh()),
  );
  const refresh = poll(
    EVERY_MILLISECONDS,
    async (turn) => {
      const { webhooks } = await get<{ webhooks: Webhook[] }>(`${place.base}/webhooks`, turn);
      none.hidden = webhooks.length > 0;
      showCards(webhooks);
      const [first] = webhooks;
      if (shown.id === null && first) open(first);
    },
    signal,
  );
  return h('article', {}, titled('Webhooks', place.name), none, cards, deliveries);
}

function cardOf(
  place: Place,
  webhook: Webhook,
  isOpen: boolean,
  open: (webhook: Webhook) => void,
  done: () => Promise<void>,
): HTMLElement {
  const { id, origin, events, enabled, disabled_reason: reason, failing_since: failing } = webhook;
  const toggle = async () => {
    const question = enabled
      ? {
          title: 'Disable this endpoint?',
          text: 'Nothing is told to it while it is disabled, and what happens meanwhile is not told later.',
          verb: 'Disable',
          danger: true,
        }
      : {
          title: 'Enable this endpoint?',
          text: `${origin ?? 'It'} is told what happens from now on. What failed before can be replayed.`,
          verb: 'Enable',
        };
    if (!(await confirmed(question))) return;
    await call('PATCH', `${place.base}/webhooks/${id}`, { body: { enabled: !enabled } });
    tell(enabled ? 'The endpoint is disabled.' : 'The endpoint is told again what happens.');
    await done();
  };
  const state = enabled
    ? pill(failing === null ? 'enabled' : 'failing', failing === null ? 'good' : 'warn')
    : pill('disabled', 'bad');
  const show = button('Deliveries', () => Promise.resolve(open(webhook)), { act: 'open' });
  return h(
    'div',
    { class: isOpen ? 'card open' : 'card', 'data-id': id },
    h('div', { class: 'row between' }, h('b', {}, origin ?? 'unreadable'), state),
    h('small', {}, events === null ? 'all events' : events.join(', ')),
    failing !== null && h('small', { class: 'bad' }, 'failing since ', ago(failing)),
    reason !== null && h('small', {}, `why: ${reason}`),
    h('div', { class: 'row' }, show, action(enabled ? 'Disable' : 'Enable', toggle, { act: 'toggle' })),
  );
}

function deliveriesOf(place: Place, { id: webhookId, origin }: Webhook, signal: AbortSignal): HTMLElement {
  const path = `${place.base}/webhooks/${webhookId}`;
  const filters = filterForm([], 'status', Object.keys(TONES), () => void attempt(list.restart));
  const none = empty(
    'Nothing was told yet',
    'Events come with connections and runs; POST /v2/webhooks/{id}/test sends one that nothing happened for.',
  );
  const { element, body, row } = table(
    ['Event', 'State', 'Attempts', 'Answer', 'Happened', ''],
    'Deliveries, newest first',
  );
  const replay = async (asked: object) => {
    const { count, has_more: hasMore } = await post<{ count: number; has_more: boolean }>(`${path}/replay`, asked);
    tell(
      `${count} ${count === 1 ? 'delivery is' : 'deliveries are'} made again.${hasMore ? ' There are more: do it once more.' : ''}`,
    );
    await list.refresh();
  };
  const replayOne = async ({ id, event }: Delivery) => {
    const text = `${origin ?? 'It'} is sent this event once more, with the id it had. A receiver that does not keep ids acts on it twice.`;
    if (await confirmed({ title: `Replay ${event}?`, text, verb: 'Replay' })) await replay({ delivery: id });
  };
  const showRows = keyed(
    body,
    ({ id }: Delivery) => id,
    (delivery) =>
      row(
        [h('b', { class: 'whole' }, delivery.event), h('small', {}, code(delivery.id, 13))],
        [
          pill(delivery.status, TONES[delivery.status]),
          delivery.next_attempt_at !== null && h('small', {}, 'next ', ago(delivery.next_attempt_at)),
        ],
        delivery.attempts,
        [delivery.response_status ?? '—', delivery.error !== null && h('small', {}, delivery.error)],
        ago(delivery.created_at),
        action('Replay', () => replayOne(delivery), { act: 'replay' }),
      ),
  );
  const list = pages<Delivery>({
    address: () => `${path}/deliveries${query(filters.values())}`,
    member: 'deliveries',
    signal,
    show: (deliveries) => {
      element.hidden = deliveries.length === 0;
      none.hidden = deliveries.length > 0;
      showRows(deliveries);
    },
  });
  poll(EVERY_MILLISECONDS, list.refresh, signal);
  const since = new Date(Date.now() - MONTH_MILLISECONDS).toISOString().replace(/\.\d+/, '');
  const replayAll = async () => {
    const text = `${origin ?? 'It'} is sent every delivery of the last 30 days that failed, once more.`;
    if (await confirmed({ title: 'Replay all that failed?', text, verb: 'Replay all' })) await replay({ since });
  };
  const all = action('Replay all that failed', replayAll);
  return section(
    `Deliveries to ${origin ?? 'it'}`,
    h('div', { class: 'row between' }, filters.element, all),
    none,
    element,
    list.more,
  );
}
