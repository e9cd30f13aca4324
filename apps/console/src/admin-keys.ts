import { action, attempt, confirmed, tell } from './acting.js';
import { call, get, post } from './api.js';
import { code, empty, field, h, pill, section, textInput } from './dom.js';
import { keyed, pages, poll, table } from './lists.js';
import { shownOnce } from './one-time-secret.js';
import { titled, type Place } from './place.js';
import { mayWrite } from './session.js';
import { ago } from './times.js';
import type { AdminKey, Tenant } from './wire.js';

const EVERY_MILLISECONDS = 5000;

/** Keys to the admin API, and to this console. */
export function adminKeysView(_place: Place, signal: AbortSignal): HTMLElement {
  const none = empty(
    'ADMIN_TOKEN is the only key',
    'Make one for each person and machine, so that each can be taken away and the audit says who it was.',
  );
  const { element, body, row } = table(
    ['Key', 'Reaches', 'State', 'Ends', 'Last used', ''],
    'Admin keys, newest first',
  );
  const revoke = async ({ id, name }: AdminKey) => {
    const text = 'It is good nowhere within a second, and whoever is signed in with it is signed out.';
    if (!(await confirmed({ title: `Revoke “${name}”?`, text, verb: 'Revoke', danger: true }))) return;
    await call('DELETE', `/admin/keys/${id}`);
    tell(`“${name}” is revoked.`);
    await list.refresh();
  };
  const showRows = keyed(
    body,
    ({ id }: AdminKey) => id,
    (key) =>
      row(
        [h('b', {}, key.name), h('small', {}, code(key.id, 13))],
        [key.tenant ?? 'everything', h('small', {}, key.read_only ? 'reads' : 'reads and writes')],
        stateOf(key),
        ago(key.expires_at, 'never'),
        ago(key.last_used_at, 'never'),
        key.revoked_at === null && action('Revoke', () => revoke(key), { act: 'revoke', kind: 'danger' }),
      ),
  );
  const list = pages<AdminKey>({
    address: () => '/admin/keys',
    member: 'keys',
    signal,
    show: (keys) => {
      element.hidden = keys.length === 0;
      none.hidden = keys.length > 0;
      showRows(keys);
    },
  });
  poll(EVERY_MILLISECONDS, list.refresh, signal);
  const made =
    mayWrite() &&
    section(
      'Make one',
      making(signal, () => list.refresh()),
    );
  return h('article', {}, titled('Admin keys', null), none, element, list.more, made);
}

function stateOf({ revoked_at: revoked, expires_at: expires }: AdminKey): HTMLElement {
  if (revoked !== null) return pill('revoked', 'idle');
  return expires !== null && Date.parse(expires) <= Date.now() ? pill('ended', 'idle') : pill('active', 'good');
}

function making(signal: AbortSignal, done: () => Promise<void>): HTMLElement {
  const name = textInput('name', 'deploys of Acme', { required: true, maxlength: 100 });
  const tenant = h('select', { name: 'tenant' }, h('option', { value: '' }, 'everything'));
  const ends = textInput('ends', '', { type: 'datetime-local' });
  const reads = h('input', { type: 'checkbox', name: 'read_only' });
  const secret = h('div', { 'aria-live': 'polite' });
  const offer = async () => {
    const { tenants } = await get<{ tenants: Tenant[] }>('/admin/tenants', signal);
    tenant.append(...tenants.map(({ slug }) => h('option', { value: slug }, slug)));
  };
  void attempt(offer);
  const make = async () => {
    const { key } = await post<{ key: string }>('/admin/keys', {
      name: name.value,
      ...(tenant.value !== '' && { tenant: tenant.value }),
      ...(reads.checked && { read_only: true }),
      ...(ends.value !== '' && { expires_at: new Date(ends.value).toISOString() }),
    });
    form.reset();
    secret.replaceChildren(shownOnce('Keep it now', key));
    await done();
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    void attempt(make);
  };
  const fields = [
    field('Name', name),
    field('Reaches', tenant),
    field('Ends', ends),
    h('label', { class: 'check' }, reads, ' may only read'),
  ];
  const submit = h('button', { class: 'button primary' }, 'Make the key');
  const form = h(
    'form',
    { class: 'panel', onsubmit: onSubmit },
    h('div', { class: 'row fields' }, ...fields),
    submit,
    secret,
  );
  return form;
}
