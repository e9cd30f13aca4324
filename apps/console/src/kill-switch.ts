import { attempt, button, confirmed, tell } from './acting.js';
import { get, post } from './api.js';
import { empty, field, h, pill, section, svg, textInput } from './dom.js';
import { keyed, poll, table } from './lists.js';
import { titled, type Place } from './place.js';
import { mayWrite } from './session.js';
import { ago, moment } from './times.js';
import type { Plan, Revocation, RevocationProgress } from './wire.js';

const EVERY_MILLISECONDS = 1000;
const SHOWN = 10;

/** What is to go. What is null, or left out, is not asked for. */
type Target = Partial<Pick<Revocation, 'app' | 'org' | 'user' | 'before'>>;

/** Disconnects all of an app, an org, a user, or the tenant. First what it would take; then, by the tenant’s name, it. */
export function killSwitchView(place: Place, signal: AbortSignal): HTMLElement {
  const progress = h('div');
  const none = empty('It was never used here', 'A dry run changes nothing, and shows what would go.');
  const { element, body, row } = table(['Asked', 'What', 'By', 'Disconnected', ''], 'Earlier revocations');
  const follow = (id: string) => {
    progress.replaceChildren(followed(place, id, signal));
    progress.scrollIntoView({ block: 'nearest' });
  };
  const show = keyed(
    body,
    ({ id }: Revocation) => id,
    (job) =>
      row(
        ago(job.created_at),
        targetOf(job),
        job.actor,
        `${job.disconnected} of ${job.total}`,
        button('Show', () => Promise.resolve(follow(job.id)), { act: 'show' }),
      ),
  );
  poll(
    EVERY_MILLISECONDS,
    async (turn) => {
      const { revocations } = await get<{ revocations: Revocation[] }>(
        `${place.base}/revocations?limit=${SHOWN}`,
        turn,
      );
      none.hidden = revocations.length > 0;
      element.hidden = revocations.length === 0;
      show(revocations);
    },
    signal,
  );
  const form = mayWrite()
    ? asking(place, follow)
    : h('p', { class: 'soft' }, 'This key may only read: it can not revoke.');
  return h('article', {}, titled('Kill switch', place.name), form, progress, section('Earlier', none, element));
}

function asking(place: Place, follow: (id: string) => void): HTMLElement {
  const names = ['app', 'org', 'user'] as const;
  const inputs = names.map((name) => textInput(name));
  const before = textInput('before', '', { type: 'datetime-local' });
  const found = h('div', { 'aria-live': 'polite' });
  const asked = (): Target => ({
    ...Object.fromEntries(
      inputs.filter(({ value }) => value.trim() !== '').map(({ name, value }) => [name, value.trim()]),
    ),
    ...(before.value !== '' && { before: new Date(before.value).toISOString() }),
  });
  const plan = async () => {
    const filter = asked();
    found.replaceChildren();
    const { total, apps } = await post<Plan>(`${place.base}/revocations`, { ...filter, dry_run: true });
    found.replaceChildren(planned(place, filter, total, apps, follow));
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    void attempt(plan);
  };
  const [app, org, user] = inputs.map((input, index) => field(`Of one ${names[index] ?? ''}`, input));
  const look = h('button', { class: 'button primary' }, 'Dry run');
  const text = h(
    'p',
    {},
    'What is left empty is not asked for: with nothing at all it is every connection of the tenant.',
  );
  const fields = h('div', { class: 'row fields' }, app, org, user, field('Connected before', before));
  return h(
    'form',
    { class: 'panel', onsubmit: onSubmit, oninput: () => found.replaceChildren() },
    text,
    fields,
    look,
    found,
  );
}

function planned(
  place: Place,
  filter: Target,
  total: number,
  apps: Plan['apps'],
  follow: (id: string) => void,
): HTMLElement {
  if (total === 0) return empty('Nothing would go', 'No connection is like that.');
  const counted = total === 1 ? '1 connection' : `${total} connections`;
  const start = async () => {
    const text =
      'What is taken away from its users can not be given back: they have to connect again. The apps are told.';
    const question = {
      title: `Revoke ${counted}?`,
      text,
      verb: 'Revoke them',
      danger: true,
      typed: place.slug ?? '',
      more: h('p', {}, 'What goes: ', h('b', {}, targetOf(filter))),
    };
    if (!(await confirmed(question))) return;
    const { id } = await post<RevocationProgress>(`${place.base}/revocations`, { ...filter, dry_run: false });
    tell('It has begun.');
    follow(id);
  };
  const counts = Object.entries(apps).map(([app, count]) => h('li', {}, h('b', {}, count), ` of ${app}`));
  const go = button(`Revoke ${counted}…`, start, { kind: 'danger' });
  return h(
    'div',
    { class: 'plan' },
    h('p', {}, `This would disconnect (${targetOf(filter)}):`),
    h('ul', {}, ...counts),
    go,
  );
}

/** How far one is, until it has ended. */
function followed(place: Place, id: string, signal: AbortSignal): HTMLElement {
  const panel = h('section', { class: 'panel' });
  const ended = new AbortController();
  poll(
    EVERY_MILLISECONDS,
    async (turn) => {
      const job = await get<RevocationProgress>(`${place.base}/revocations/${id}`, turn);
      panel.replaceChildren(...progressOf(job));
      if (job.state === 'finished') ended.abort();
    },
    AbortSignal.any([signal, ended.signal]),
  );
  return panel;
}

function progressOf(job: RevocationProgress): HTMLElement[] {
  const { pending, revoked, failed, unsupported } = job.revocations;
  const told = revoked + failed + unsupported;
  const tone = job.state === 'finished' ? 'good' : 'busy';
  return [
    h('div', { class: 'row between' }, h('h2', {}, targetOf(job)), pill(job.state, tone)),
    bar('Disconnected', job.disconnected, job.total),
    bar('Third parties told', told, told + pending),
    h('p', { class: 'soft' }, `${revoked} took it, ${failed} failed, ${unsupported} can not be told.`),
    ...(failed > 0
      ? [h('p', { class: 'bad' }, 'For those that failed, revoke the client at the third party itself.')]
      : []),
  ];
}

function bar(name: string, done: number, total: number): HTMLElement {
  const share = total === 0 ? 100 : Math.round((done / total) * 100);
  const picture = svg(
    'svg',
    { class: 'bar', width: '100%', height: 8, 'aria-hidden': 'true' },
    svg('rect', { class: 'all', width: '100%', height: 8, rx: 4 }),
    svg('rect', { class: 'part', width: `${share}%`, height: 8, rx: 4 }),
  );
  return h(
    'div',
    { class: 'progress' },
    h('div', { class: 'row between' }, name, h('b', {}, `${done} of ${total}`)),
    picture,
  );
}

/** All that narrows it: what is left out here would look like more than was asked for. */
function targetOf({ app, org, user, before }: Target): string {
  const parts = [
    app && `app ${app}`,
    org && `org ${org}`,
    user && `user ${user}`,
    before && `connected before ${moment(before)}`,
  ].filter(Boolean);
  return parts.length === 0 ? 'every connection' : parts.join(', ');
}
