import { get } from './api.js';
import { empty, h, pill, section, type Tone } from './dom.js';
import { keyed, poll, table } from './lists.js';
import { addressOf, tenantPlace, titled, type Place } from './place.js';
import { switchState } from './switching.js';
import { span } from './times.js';
import type { Health, Tenant } from './wire.js';

const TONES: Readonly<Record<string, Tone>> = { ok: 'good', warn: 'warn', fail: 'bad' };
const EVERY_MILLISECONDS = 5000;

/** How Gatehouse fares, and whom it serves. */
export function overviewView(_place: Place, signal: AbortSignal): HTMLElement {
  const checks = h('ul', { class: 'panel checks' });
  const queues = h('div', { class: 'cards numbers' });
  const troubles = h('ul', { class: 'panel checks' });
  const none = empty('There is no tenant yet', 'POST /admin/tenants makes one: the README has the request.');
  const { element, body, row } = table(['Tenant', 'Issuer', 'Connect', 'State'], 'Tenants');
  const showRows = keyed(
    body,
    ({ slug }: Tenant) => slug,
    ({ slug, name, issuer, connect_policy: policy, disabled }) =>
      row(
        [h('a', { href: addressOf(tenantPlace(slug), 'connections') }, h('b', {}, name)), h('small', {}, slug)],
        h('span', { class: 'details' }, issuer),
        policy,
        switchState(disabled),
      ),
  );
  poll(
    EVERY_MILLISECONDS,
    async (turn) => {
      const [health, { tenants }] = await Promise.all([
        get<Health>('/admin/health', turn),
        get<{ tenants: Tenant[] }>('/admin/tenants', turn),
      ]);
      checks.replaceChildren(...checksOf(health));
      queues.replaceChildren(...queuesOf(health));
      troubles.replaceChildren(...troublesOf(health));
      none.hidden = tenants.length > 0;
      element.hidden = tenants.length === 0;
      showRows(tenants);
    },
    signal,
  );
  return h(
    'article',
    {},
    titled('Overview', null),
    section('What waits', queues),
    section('Tenants', none, element),
    section('Left alone for now', troubles),
    section('Checks of this process', checks),
  );
}

function checksOf({ checks }: Health): HTMLElement[] {
  return Object.entries(checks).map(([name, { status, detail }]) =>
    h('li', {}, pill(status, TONES[status] ?? 'idle'), ' ', h('b', {}, name), ' ', detail),
  );
}

function queuesOf({ queues = [] }: Health): HTMLElement[] {
  return queues.map(({ queue, due, overdue, oldest_seconds: oldest }) =>
    h(
      'div',
      { class: overdue > 0 ? 'card number bad' : 'card number' },
      h('b', {}, due),
      h('span', {}, queue),
      h(
        'small',
        {},
        due === 0 ? 'nothing is due' : `the oldest for ${span(oldest * 1000)}${overdue > 0 ? `, ${overdue} late` : ''}`,
      ),
    ),
  );
}

function troublesOf({ circuits }: Health): HTMLElement[] {
  const refreshes = (circuits?.refreshes ?? []).map(({ tenant, app, reason }) => ({
    tenant,
    what: `refreshes of ${app}`,
    reason,
  }));
  const upstreams = (circuits?.upstreams ?? []).map(({ tenant, upstream, reason }) => ({
    tenant,
    what: upstream,
    reason,
  }));
  const all = [...refreshes, ...upstreams];
  if (all.length === 0) return [h('li', {}, pill('ok', 'good'), ' Every third party is asked.')];
  return all.map(({ tenant, what, reason }) =>
    h('li', {}, pill('paused', 'warn'), ' ', h('b', {}, tenant), ` ${what}: ${reason ?? 'it does not answer'}`),
  );
}
