import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectionChanges, isAllowed, type ConnectionChangeName, type ConnectionParty } from './connection-changes.js';
import { connectionStatuses, type ConnectionStatus } from './connection.entity.js';

type Row = [ConnectionChangeName, from: string, to: string, by: string];

/** All that may happen; a list stands for each of its members. */
const table: Row[] = [
  ['consent', 'none', 'pending', 'owner'],
  ['create', 'none', 'connected', 'owner admin'],
  ['confirm', 'pending', 'connected', 'owner admin'],
  ['renew', 'connected', 'connected', 'owner admin'],
  ['reconnect', 'degraded needs_reauth disabled', 'connected', 'owner admin'],
  ['degrade', 'connected', 'degraded', 'refresh'],
  ['refuse', 'connected degraded', 'needs_reauth', 'refresh'],
  ['recover', 'degraded needs_reauth', 'connected', 'refresh'],
  ['disable', 'connected degraded needs_reauth', 'disabled', 'owner admin'],
  ['enable', 'disabled', 'connected degraded needs_reauth', 'owner admin'],
  ['disconnect', 'connected degraded needs_reauth disabled', 'deleted', 'owner admin'],
  ['retract', 'pending', 'deleted', 'owner admin'],
  ['abandon', 'pending', 'deleted', 'retention'],
];
const names = Object.keys(connectionChanges) as ConnectionChangeName[];
const froms: (ConnectionStatus | 'none')[] = ['none', ...connectionStatuses];
const parties: ConnectionParty[] = ['owner', 'admin', 'refresh', 'retention'];

const expected = new Set(
  table.flatMap(([name, from, to, by]) =>
    from
      .split(' ')
      .flatMap((a) => to.split(' ').flatMap((b) => by.split(' ').map((c) => `${name}: ${a} → ${b} by ${c}`))),
  ),
);
const every = names.flatMap((name) =>
  froms.flatMap((from) => connectionStatuses.flatMap((to) => parties.map((by) => ({ name, from, to, by })))),
);

describe('the changes of a connection', () => {
  it.each(every.filter(({ name, from, to, by }) => expected.has(`${name}: ${from} → ${to} by ${by}`)))(
    'may be $name: $from → $to by $by',
    ({ name, from, to, by }) => expect(isAllowed(name, from, to, by)).toBe(true),
  );

  it('are no others', () => {
    const allowed = every.filter(({ name, from, to, by }) => isAllowed(name, from, to, by));
    expect(new Set(allowed.map(({ name, from, to, by }) => `${name}: ${from} → ${to} by ${by}`))).toEqual(expected);
  });

  it('lead nowhere from deleted, and nobody but the refresh loop says that a token works or not', () => {
    expect(every.filter(({ name, from, to, by }) => from === 'deleted' && isAllowed(name, from, to, by))).toEqual([]);
    for (const to of ['degraded', 'needs_reauth'] as const) {
      const by = every.filter((each) => each.to === to && isAllowed(each.name, each.from, to, each.by));
      expect(new Set(by.filter(({ name }) => name !== 'enable').map((each) => each.by))).toEqual(new Set(['refresh']));
    }
  });
});

it('a status is written in one file alone', () => {
  const folder = import.meta.dirname;
  const writers = readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('spec.ts'))
    .filter((file) =>
      /UPDATE connections SET[^`]*?\bstatus = /.test(
        readFileSync(join(folder, file), 'utf8').replaceAll(/WHERE[^`]*/g, ''),
      ),
    );
  expect(writers).toEqual(['connection-transitions.ts']);
});
