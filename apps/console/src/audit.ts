import { action, attempt, tell } from './acting.js';
import { post, query } from './api.js';
import { filterForm } from './connections.js';
import { code, empty, h, pill } from './dom.js';
import { keyed, pages, poll, table } from './lists.js';
import { titled, type Place } from './place.js';
import { current } from './session.js';
import { ago } from './times.js';
import type { AuditEntry, Verified } from './wire.js';

const EVERY_MILLISECONDS = 5000;

/** Who did what, newest first; and whether anybody changed that record. */
export function auditView(place: Place, signal: AbortSignal): HTMLElement {
  const filters = filterForm(['action', 'subject', 'actor'], 'kind', [], () => void attempt(list.restart));
  const none = empty(
    'There is no such entry',
    'Take a filter away. An action has to be named whole, such as connection.deleted.',
  );
  const verdict = h('div', { 'aria-live': 'polite' });
  const { element, body, row } = table(['When', 'Action', 'Who', 'On', 'Details'], 'Audit, newest first');
  const showRows = keyed(
    body,
    ({ id }: AuditEntry) => id,
    ({ at, action: what, actor, address, subject, details }) =>
      row(
        ago(at),
        h('b', { class: 'whole' }, what),
        [code(actor, 24), address !== null && h('small', {}, address)],
        subject === null ? '—' : code(subject, 13),
        h('span', { class: 'details' }, detailsOf(details)),
      ),
  );
  const list = pages<AuditEntry>({
    address: () => `${place.base}/audit${query(filters.values())}`,
    member: 'entries',
    signal,
    show: (entries) => {
      element.hidden = entries.length === 0;
      none.hidden = entries.length > 0;
      showRows(entries);
    },
  });
  poll(EVERY_MILLISECONDS, list.refresh, signal);
  const verify = async () => {
    const byTenant = new Map<string, Verified['chains'][number]>();
    let cursor: string | null = null;
    do {
      const asked = { ...(place.slug !== null && { tenant: place.slug }), ...(cursor !== null && { cursor }) };
      const page: Verified = await post<Verified>('/admin/audit/verify', asked);
      // Of a chain that goes on, the newest answer says all.
      for (const chain of page.chains) byTenant.set(chain.tenant_id, chain);
      cursor = page.next_cursor;
      verdict.replaceChildren(verdictOf([...byTenant.values()]));
    } while (cursor !== null && !signal.aborted);
    if (cursor !== null) return;
    const isWhole = [...byTenant.values()].every(({ ok }) => ok);
    tell(isWhole ? 'The record is whole.' : 'The record is broken.', isWhole ? 'good' : 'bad');
  };
  const check = current().tenant === null ? action('Verify', verify, { kind: 'primary' }) : null;
  const file = `audit-${place.slug ?? 'platform'}.ndjson`;
  const save = h('a', { class: 'button plain', href: `${place.base}/audit/export`, download: file }, 'Export');
  return h('article', {}, titled('Audit', place.name, save, check), verdict, filters.element, none, element, list.more);
}

function detailsOf(details: Record<string, unknown>): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

function verdictOf(chains: Verified['chains']): HTMLElement {
  const lines = chains.map(({ tenant, tenant_id: id, ok, entries, complete, unchained, broken }) =>
    h(
      'li',
      {},
      pill(ok ? 'whole' : 'broken', ok ? 'good' : 'bad'),
      ' ',
      h('b', {}, tenant ?? id),
      ` ${entries} entries`,
      !complete && ' so far',
      unchained > 0 && `, ${unchained} still to be chained`,
      broken !== null &&
        `: ${broken.kind} at ${broken.sequence ?? 'an unknown place'}${broken.entry_id === null ? '' : ` (${broken.entry_id})`}`,
    ),
  );
  return h('ul', { class: 'panel checks' }, ...lines);
}
