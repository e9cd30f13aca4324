import { describe, expect, it } from 'vitest';
import type { RecordedEntry } from '#libs/audit';
import { asTenantId, newId } from '#libs/database';
import { Problem, Problems } from '#libs/errors';
import { toAuditEntry, toAuditPage, toAuditQuery } from './audit.dto.js';

const entry = (): RecordedEntry => ({
  tenantId: asTenantId(newId()),
  id: newId(),
  at: new Date('2026-03-01T12:00:00Z'),
  actor: 'admin-token',
  requestId: 'r-1',
  address: '192.0.2.7',
  action: 'key.revoked',
  subject: 'k-1',
  details: { alg: 'ES256' },
});

function problemsOf(query: Record<string, unknown>): readonly Problem[] {
  try {
    toAuditQuery(query);
  } catch (error) {
    if (error instanceof Problems) return error.list;
    if (error instanceof Problem) return [error];
    throw error;
  }
  return [];
}

describe('a query', () => {
  it('of nothing asks for the newest 50', () => {
    expect(toAuditQuery({})).toEqual({ limit: 50 });
  });

  it.each([
    ['1', 1],
    ['200', 200],
    ['201', 200],
    ['9'.repeat(400), 200],
  ])('with limit %s takes %i', (limit, taken) => {
    expect(toAuditQuery({ limit })).toMatchObject({ limit: taken });
  });

  it.each([
    ['limit', '0'],
    ['limit', '-1'],
    ['limit', '1.5'],
    ['limit', '1e2'],
    ['limit', 'all'],
    ['limit', ['1', '2']],
    ['action', 'key.deleted'],
    ['action', 'toString'],
    ['action', ['key.created', 'key.retired']],
    ['subject', 'k\0'],
    ['cursor', newId()],
    ['cursor', 'x'],
    ['cursor', Buffer.from("' OR 1=1 --").toString('base64url')],
  ])('with a bad %s is refused at its place: %j', (parameter, value) => {
    expect(problemsOf({ [parameter]: value })).toMatchObject([{ code: 'invalid', source: { parameter } }]);
  });

  it('is refused for each parameter that does not exist, by its name', () => {
    expect(problemsOf({ limit: '5', colour: 'x', offset: '1' })).toMatchObject([
      { code: 'invalid', source: { parameter: 'colour' }, message: expect.stringContaining('"colour"') },
      { code: 'invalid', source: { parameter: 'offset' } },
    ]);
  });
});

describe('a page', () => {
  it('leads behind its last entry when others follow', () => {
    const entries = [entry(), entry(), entry()];
    const page = toAuditPage(entries, 2);
    expect(page.entries).toEqual(entries.slice(0, 2).map(toAuditEntry));
    expect(toAuditQuery({ cursor: page.next_cursor })).toMatchObject({ before: entries[1]?.id });
  });

  it.each([0, 1, 2])('is the last one when it holds all %i that are left', (count) => {
    const page = toAuditPage(Array.from({ length: count }, entry), 2);
    expect(page.entries).toHaveLength(count);
    expect(page.next_cursor).toBeNull();
  });

  it('says nothing of an entry but these fields', () => {
    const shown = Object.keys(toAuditEntry(entry())).toSorted();
    expect(shown).toEqual(['action', 'actor', 'address', 'at', 'details', 'id', 'request_id', 'subject']);
  });
});
