import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../main-job/answer.js';
import { expectRefusal } from '../main-job/error-format.js';
import { RegistryScene } from '../registry/registry-scene.js';

const AUDIT = '/admin/tenants/acme-notes/audit';

const NOBODY = '01a20000-0000-7000-8000-000000000000';
const cursorOf = (place: string) => Buffer.from(place).toString('base64url');

interface Chain {
  tenant: string | null;
  ok: boolean;
  entries: number;
  unchained: number;
  checkpoint: string | null;
  broken: object | null;
}
type Line = Record<'id' | 'at' | 'action' | 'hash' | 'previous_hash' | 'sequence', unknown>;

let scene: RegistryScene;

beforeAll(async () => {
  scene = await RegistryScene.start();
});
afterAll(() => scene?.close());

const call = (method: string, path: string, json?: unknown): Promise<Answer> =>
  scene.gatehouse.call(method, path, { bearer: scene.gatehouse.adminToken, ...(json !== undefined && { json }) });
const verify = async (body: object = {}) =>
  (await call('POST', '/admin/audit/verify', body)).json as {
    ok: boolean;
    chains: Chain[];
    next_cursor: string | null;
  };

/** The workers of this process chain them. */
async function untilChained(): Promise<Chain> {
  for (;;) {
    const [chain] = (await verify({ tenant: 'acme-notes' })).chains;
    if (chain?.unchained === 0) return chain;
  }
}

async function exported(query = ''): Promise<Line[]> {
  const answer = await call('GET', `${AUDIT}/export${query}`);
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
  return answer.text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
}

describe('POST /admin/audit/verify', () => {
  it('says of every chain that it hangs together', async () => {
    expect(await untilChained()).toMatchObject({ tenant: 'acme-notes', ok: true, broken: null });
    const { ok, chains, next_cursor: next } = await verify();
    expect([ok, next]).toEqual([true, null]);
    expect(chains.map(({ tenant }) => tenant)).toEqual(expect.arrayContaining(['acme-notes', null]));
  });

  it('knows no other tenant and no other member', async () => {
    expectRefusal(await call('POST', '/admin/audit/verify', { tenant: 'nobody' }), 'admin', 404);
    expectRefusal(await call('POST', '/admin/audit/verify', { slug: 'x' }), 'admin', 400);
  });

  it('says it by pages, of each chain once', async () => {
    await untilChained();
    const all = (await verify()).chains.map(({ tenant }) => tenant);
    const paged: (string | null)[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await verify({ limit: 1, ...(cursor !== undefined && { cursor }) });
      expect(page.chains).toHaveLength(1);
      paged.push(...page.chains.map(({ tenant }) => tenant));
      cursor = page.next_cursor;
    }
    expect(paged).toEqual(all);
    expect(all.length).toBeGreaterThan(1);
  });

  it.each([
    [{ tenant: 'acme-notes', limit: 1 }, '/limit'],
    [{ tenant: 'acme-notes', cursor: 'x' }, '/cursor'],
    [{ cursor: 'x' }, '/cursor'],
    [{ tenant: 'acme-notes', cursor: cursorOf(NOBODY) }, '/cursor'],
    [{ tenant: 'acme-notes', cursor: cursorOf(`${NOBODY}:1:${'0'.repeat(64)}`) }, '/cursor'],
    [{ cursor: cursorOf(`${NOBODY}:9999999999:${'0'.repeat(64)}`) }, '/cursor'],
    [{ cursor: cursorOf(`${NOBODY}:1:`) }, '/cursor'],
    [{ limit: 0 }, '/limit'],
    [{ limit: 1001 }, '/limit'],
  ])('refuses %j', async (body, pointer) => {
    const answer = await call('POST', '/admin/audit/verify', body);
    expectRefusal(answer, 'admin', 400);
    expect(answer.json).toMatchObject({ errors: [{ pointer }] });
  });

  it('goes on within a chain from where an answer left off', async () => {
    const { entries } = await untilChained();
    const [{ id, sequence, hash } = { id: '', sequence: 0, hash: Buffer.alloc(0) }] = await scene.database.query<{
      id: string;
      sequence: number;
      hash: Buffer;
    }>(
      `SELECT tenant.id, sequence, hash FROM audit_entries JOIN tenants tenant ON tenant.id = tenant_id
        WHERE slug = 'acme-notes' ORDER BY sequence LIMIT 1`,
    );
    const cursor = cursorOf(`${id}:${sequence}:${hash.toString('hex')}`);
    for (const body of [{ cursor }, { cursor, tenant: 'acme-notes' }]) {
      const { ok, chains, next_cursor: next } = await verify(body);
      expect([ok, next]).toEqual([true, null]);
      expect(chains[0]).toMatchObject({ tenant: 'acme-notes', entries, complete: true });
    }
    const other = cursorOf(`${id}:${sequence}:${'0'.repeat(64)}`);
    expect(await verify({ cursor: other })).toMatchObject({ ok: false, chains: [{ broken: { sequence: 2 } }] });
  });

  it('names what was changed', async () => {
    await untilChained();
    const [entry] = await exported();
    const set = (actor: string) =>
      scene.database.query(`UPDATE audit_entries SET actor = $2 WHERE id = $1`, [entry?.id, actor]);
    await set('nobody');
    expect(await verify()).toMatchObject({
      ok: false,
      chains: expect.arrayContaining([
        expect.objectContaining({ ok: false, broken: { kind: 'changed', sequence: 1, entry_id: entry?.id } }),
      ]),
    });
    await set('admin-token');
    expect((await verify()).ok).toBe(true);
  });
});

describe('an export', () => {
  it('has every entry, oldest first, and all that is needed to follow the chain without us', async () => {
    await untilChained();
    const lines = await exported();
    const { entries } = (await call('GET', `${AUDIT}?limit=200`)).json as { entries: { id: string }[] };
    expect(lines.map(({ id }) => id)).toEqual(entries.map(({ id }) => id).toReversed());
    const [{ tenantId } = { tenantId: '' }] = await scene.database.query<{ tenantId: string }>(
      `SELECT id AS "tenantId" FROM tenants WHERE slug = 'acme-notes'`,
    );
    let previous = '00'.repeat(32);
    for (const line of lines.toSorted((one, other) => Number(one.sequence) - Number(other.sequence))) {
      const { sequence: _, previous_hash: stated, hash, ...entry } = line;
      expect(stated).toBe(previous);
      const text = sorted({ ...entry, tenant: tenantId, previous });
      expect(createHash('sha256').update(text).digest('hex')).toBe(hash);
      previous = String(hash);
    }
  });

  it('is of what was asked for', async () => {
    const actions = new Set((await exported('?action=client.created')).map(({ action }) => action));
    expect([...actions].every((action) => action === 'client.created')).toBe(true);
    const all = await exported();
    const second = String(all[1]?.at);
    const from = await exported(`?since=${encodeURIComponent(second)}`);
    const upTo = await exported(`?until=${encodeURIComponent(second)}`);
    expect(from.length + upTo.length).toBe(all.length);
    expect(from.every(({ at }) => String(at) >= second)).toBe(true);
    expect(await exported('?actor=nobody')).toEqual([]);
    expect((await exported('?actor=admin-token')).length).toBeGreaterThan(0);
  });

  it.each(['limit=1', 'since=soon', 'until=2026-13-01T00:00:00Z', 'action=x', 'actor=a&actor=b'])(
    'by %s is refused',
    async (query) => expectRefusal(await call('GET', `${AUDIT}/export?${query}`), 'admin', 400, { code: 'invalid' }),
  );
});

/** RFC 8785, of what has no numbers but whole ones: as somebody else would write it. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
}
