import { action, confirmed } from './acting.js';
import { call, get } from './api.js';
import { clientsTable } from './clients.js';
import { h, section } from './dom.js';
import { keyed, poll } from './lists.js';
import { addressOf, platformPlace, titled, type Place } from './place.js';
import { current } from './session.js';
import { switchButton, switchState } from './switching.js';
import { trustPanel } from './trust.js';
import type { Tenant } from './wire.js';

const EVERY_MILLISECONDS = 5000;

/** What lets a tenant in: that it is enabled, the keys that it signs for its users with, and its OAuth clients. */
export function accessView(place: Place, signal: AbortSignal): HTMLElement {
  return h(
    'article',
    {},
    titled('Access', place.name),
    tenantPanel(place, signal),
    section('Keys that it signs with', trustPanel(place, signal)),
    section('OAuth clients', clientsTable(place, signal)),
  );
}

function tenantPanel(place: Place, signal: AbortSignal): HTMLElement {
  const panel = h('div');
  const show = keyed(
    panel,
    ({ slug }: Tenant) => slug,
    (tenant) => tenantCard(place, tenant, () => refresh()),
  );
  const refresh = poll(EVERY_MILLISECONDS, async (turn) => show([await get<Tenant>(place.base, turn)]), signal);
  return panel;
}

function tenantCard(place: Place, { slug, name, issuer, disabled }: Tenant, done: () => Promise<void>): HTMLElement {
  const own =
    current().tenant === null ? '' : ' That ends this session too: enabling it needs a key that reaches everything.';
  const ends = `Within a second its clients, its admin keys, and all tokens and session codes of its users are refused. Its connections are kept, and refreshed as before.${own}`;
  const switching = switchButton({ what: `tenant ${slug}`, path: place.base, disabled, ends, typed: slug }, done);
  return h(
    'div',
    { class: 'panel row between' },
    h('div', {}, h('b', {}, name), ' ', switchState(disabled), h('small', {}, issuer)),
    h('div', { class: 'row' }, switching, current().tenant === null && deletionOf(place, slug)),
  );
}

function deletionOf(place: Place, slug: string) {
  const remove = async () => {
    const question = {
      title: `Delete tenant ${slug}?`,
      text: 'Its data key is destroyed, so that none of its secrets opens from then on, and then everything that it had. A backup from before still holds them until it is buried there too (docs/runbooks/backup-and-restore.md). No third party is told: use the kill switch first where they should be.',
      verb: 'Delete it',
      danger: true,
      typed: slug,
    };
    if (!(await confirmed(question))) return;
    await call('DELETE', place.base);
    location.hash = addressOf(platformPlace, 'overview');
    // The choice of tenants is read anew.
    location.reload();
  };
  return action('Delete…', remove, { act: 'delete', kind: 'danger', label: `Delete tenant ${slug}` });
}
