import { action, confirmed, tell } from './acting.js';
import { get, post } from './api.js';
import { code, empty, field, h, pill, section, select, textInput, type Tone } from './dom.js';
import { keyTimeline, newestFirst } from './key-timeline.js';
import { keyed, poll, table } from './lists.js';
import { titled, type Place } from './place.js';
import { ago, span } from './times.js';
import type { KeyPolicy, SigningKey } from './wire.js';

const TONES: Record<SigningKey['state'], Tone> = { pending: 'busy', active: 'good', retiring: 'warn', revoked: 'idle' };
const EVERY_MILLISECONDS = 3000;

/** The keys that Gatehouse signs with for a tenant, or for itself. */
export function keysView(place: Place, signal: AbortSignal): HTMLElement {
  const picture = h('div', { class: 'panel picture' });
  const policy = h('p', { class: 'soft' });
  const none = empty('There is no key yet', 'Rotate makes the first one. It signs for the upstreams of this tenant.');
  const { element, body, row } = table(
    ['Key', 'State', 'Signs from', 'Leaves the JWKS', 'Last used', ''],
    'Signing keys',
  );
  const revoke = async ({ kid, state }: SigningKey) => {
    const text = `It leaves the JWKS at once, and what it signed is refused from then on.${state === 'active' ? ' A new key signs in its place.' : ''}`;
    const question = {
      title: `Revoke key ${kid.slice(0, 8)}?`,
      text,
      verb: 'Revoke',
      danger: true,
      typed: place.slug ?? 'platform',
    };
    if (!(await confirmed(question))) return;
    await post(`${place.base}/keys/${encodeURIComponent(kid)}/revoke`);
    tell(`Key ${kid.slice(0, 8)} is revoked.`);
    await refresh();
  };
  const show = keyed(
    body,
    ({ kid }: SigningKey) => kid,
    (key) =>
      row(
        [code(key.kid), h('small', {}, key.alg)],
        pill(key.state, TONES[key.state]),
        ago(key.activates_at),
        ago(key.revoked_at ?? key.retires_at, 'not planned'),
        ago(key.last_used_at, 'never'),
        key.state !== 'revoked' &&
          action('Revoke', () => revoke(key), {
            kind: 'danger',
            act: 'revoke',
            label: `Revoke key ${key.kid.slice(0, 8)}`,
          }),
      ),
  );
  const refresh = poll(
    EVERY_MILLISECONDS,
    async (turn) => {
      const { keys } = await get<{ keys: SigningKey[] }>(`${place.base}/keys`, turn);
      none.hidden = keys.length > 0;
      picture.hidden = element.hidden = keys.length === 0;
      picture.replaceChildren(keyTimeline(keys, Date.now()), legend());
      show(newestFirst(keys));
    },
    signal,
  );
  void get<KeyPolicy>(`${place.base}/keys/policy`, signal).then(
    (said) => policy.append(sentence(said)),
    () => undefined,
  );
  const rotate = action('Rotate…', () => rotation(place, refresh), { kind: 'primary' });
  return h(
    'article',
    {},
    titled('Signing keys', place.name, rotate),
    policy,
    none,
    picture,
    section('All keys', element),
  );
}

function legend(): HTMLElement {
  const kinds = ['published', 'active', 'retiring'] as const;
  const words = {
    published: 'published, does not sign yet',
    active: 'signs',
    retiring: 'published for what it signed',
  };
  return h('ul', { class: 'legend' }, ...kinds.map((kind) => h('li', { class: kind }, words[kind])));
}

function sentence({
  alg,
  rotate_every_days: days,
  activate_after_seconds: after,
  overlap_seconds: overlap,
}: KeyPolicy): string {
  const when = days === null ? 'Rotated on demand only' : `Rotated every ${days} days`;
  return `${when}, with ${alg}. A new key is published for ${span(after * 1000)} before it signs, an old one stays for ${span(overlap * 1000)}.`;
}

/** Asks how, and rotates. */
async function rotation(place: Place, refresh: () => Promise<void>): Promise<void> {
  const alg = select('alg', [
    ['', 'As the policy says'],
    ['ES256', 'ES256'],
    ['RS256', 'RS256'],
    ['EdDSA', 'EdDSA'],
  ]);
  const after = textInput('after', 'As the policy says', { inputmode: 'numeric', pattern: '[0-9]*' });
  const rotate = h('button', { class: 'button primary', value: 'yes' }, 'Rotate');
  const no = h('button', { class: 'button plain', value: 'no', formnovalidate: true }, 'Cancel');
  const form = h(
    'form',
    { method: 'dialog' },
    h('h2', {}, 'Rotate the signing key'),
    h(
      'p',
      {},
      'A new key is published now, and signs when everybody has read it. The old one stays for what it signed.',
    ),
    field('Algorithm', alg),
    field(
      'Signs after (seconds)',
      after,
      '0 signs at once: right in an emergency, or where nobody has read the JWKS yet.',
    ),
    h('div', { class: 'row answers' }, rotate, no),
  );
  const dialog = h('dialog', { 'aria-label': 'Rotate the signing key' }, form);
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((closed) => dialog.addEventListener('close', closed));
  dialog.remove();
  if (dialog.returnValue !== 'yes') return;
  const body = {
    ...(alg.value !== '' && { alg: alg.value }),
    ...(after.value !== '' && { activate_after_seconds: Number(after.value) }),
  };
  const { kid } = await post<SigningKey>(`${place.base}/keys/rotate`, body);
  tell(`Key ${kid.slice(0, 8)} is published.`);
  await refresh();
}
