import { countRequests, lostGrants, presentations, type TokenRequest } from '#libs/testing';
import type { ConnectionRow, RefreshWorld } from './world.js';

/** How it stands at the end: the provider's log against our vault and our rows. */
export interface Census {
  refreshes: number;
  reuse: number;
  /** Grants. */
  lost: string[];
  marked: ConnectionRow[];
  /** Lost, and we don't say so. */
  silent: ConnectionRow[];
  /** Marked, although the provider would take what we hold. */
  wronglyMarked: ConnectionRow[];
  /** Of each token whose repetition killed its grant: when it was presented, from the first time on. */
  repeatedAt: string[];
  /** Marked without an entry in the audit record. */
  withoutEvent: ConnectionRow[];
}

/** To be taken when nothing is under way any more. */
export async function takeCensus(world: RefreshWorld): Promise<Census> {
  const [requests, states, held, rows] = await Promise.all([
    world.provider.requests(),
    world.provider.grants(),
    world.held(),
    world.rows(),
  ]);
  const lost = lostGrants(states, held);
  const isLost = new Set(lost);
  const grantOf = new Map(world.connections.map(({ id, grant }) => [id, grant]));
  const lostRow = ({ id }: ConnectionRow) => isLost.has(grantOf.get(id) ?? '');
  const marked = rows.filter(({ status }) => status === 'needs_reauth');
  const events = await world.query(
    `SELECT subject, details FROM audit_entries WHERE action = 'connection.needs_reauth'`,
  );
  const recorded = JSON.stringify(events);
  return {
    ...countRequests(requests),
    lost,
    marked,
    repeatedAt: repetitions(requests),
    silent: rows.filter((row) => lostRow(row) && row.status !== 'needs_reauth'),
    wronglyMarked: marked.filter((row) => !lostRow(row)),
    withoutEvent: marked.filter(({ id }) => !recorded.includes(id)),
  };
}

function repetitions(requests: readonly TokenRequest[]): string[] {
  const killed = [...presentations(requests).values()].filter((each) => each.some(({ reuse }) => reuse));
  return killed.map((each) => each.map(({ at }) => `+${((at - (each[0]?.at ?? at)) / 1000).toFixed(1)} s`).join(', '));
}

/** For a finding that was missed: what the rows say, each state once. */
export async function statesOf(world: RefreshWorld): Promise<string> {
  const rows = await world.rows();
  const counts = new Map<string, number>();
  for (const { status, reason, leased } of rows) {
    const text = `${status}${leased ? ' (leased)' : ''}${reason === null ? '' : `: ${reason}`}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => `${count} × ${text}`).join('; ');
}
