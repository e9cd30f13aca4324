import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startEmbeddedServer, type EmbeddedServer } from '#libs/database';
import { queryOnce, temporaryFolder } from '#libs/testing';
import { EmbedUser } from '../main-job/embed-user.js';
import type { Partner } from '../main-job/partner.js';
import { Scenario } from '../main-job/scenario.js';
import { InstalledServer, installedPostgres } from './installed-postgres.js';

const bin = installedPostgres();
const skipped = bin === null ? ' (skipped: no PostgreSQL with pg_dump is installed)' : '';
const folder = temporaryFolder('backup');
const dump = join(folder.path, 'gatehouse.dump');
const roles = join(folder.path, 'roles.sql');

let server: InstalledServer;
let restored: EmbeddedServer;
let scenario: Scenario;
let partner: Partner;

beforeAll(async () => {
  if (bin === null) return;
  server = await InstalledServer.start(bin);
  scenario = await Scenario.start({
    databaseUrl: server.url,
    slugs: ['acme-notes', 'doomed'],
    accessTokenSeconds: 600,
  });
  partner = await scenario.enrol();
});
afterAll(async () => {
  await scenario?.close();
  await server?.[Symbol.asyncDispose]();
  await restored?.discard();
  folder.remove();
});

const tool = (name: string, ...flags: string[]) => execFileSync(join(bin ?? '', name), flags, { stdio: 'pipe' });
const contact = (name: string) => ({ email: `${name}@backup.test`, list_id: 'lst_leads' });
const inCrm = async (name: string) => (await scenario.crmContacts()).split(`>${name}@backup.test<`).length - 1;

/** Both of the runbook, docs/runbooks/backup-and-restore.md. */
function backUp(): void {
  tool('pg_dump', '--format=custom', `--file=${dump}`, server.superuserUrl);
  tool('pg_dumpall', '--roles-only', '--no-role-passwords', `--file=${roles}`, `--dbname=${server.superuserUrl}`);
}

async function restore(): Promise<void> {
  restored = await startEmbeddedServer({ dataDir: join(folder.path, 'restored'), settings: { fsync: 'off' } });
  const url = new URL(restored.url);
  url.username = 'postgres';
  // Accounts that are there already stay as they are.
  tool('psql', '--quiet', '--no-psqlrc', `--file=${roles}`, url.href);
  tool('pg_restore', '--exit-on-error', '--single-transaction', `--dbname=${url.href}`, dump);
  const sql = `GRANT gatehouse_service, gatehouse_over_tenants TO gatehouse, gatehouse_app; ALTER ROLE gatehouse_app PASSWORD '${url.password}'`;
  tool('psql', '--no-psqlrc', `--command=${sql}`, url.href);
  tool('psql', '--no-psqlrc', `--command=UPDATE run_jobs SET deadline = now() WHERE phase = 'execute'`, url.href);
}

async function isRefreshed(authentication: string, after: Date): Promise<void> {
  await queryOnce(server.url, `UPDATE connections SET due_at = $2 WHERE id = $1`, [authentication, after]);
  await vi.waitFor(
    async () => {
      const sql = `SELECT 1 FROM connections WHERE id = $1 AND last_refreshed_at >= $2 AND status = 'connected'`;
      expect(await queryOnce(server.url, sql, [authentication, after])).toHaveLength(1);
    },
    { timeout: 20_000, interval: 50 },
  );
}

test.skipIf(skipped !== '')(
  `what was backed up works on a new server with the keyring; what happened since is not undone in silence${skipped}`,
  async () => {
    const { gatehouse } = scenario;
    const ada = await EmbedUser.signIn(gatehouse, partner, 'ada');
    const bob = await EmbedUser.signIn(gatehouse, partner, 'bob');
    const [ofAda, ofBob] = [await ada.connectCrm(scenario), await bob.connectCrm(scenario)];
    const doomed = await scenario.enrol({ slug: 'doomed' });
    await (await EmbedUser.signIn(gatehouse, doomed, 'dan')).connectCrm(scenario);
    // Nobody takes it: it is queued in the backup, and carried out after it.
    await scenario.services.at(-1)?.stop();
    const api = await scenario.startService({ ROLES: 'api' });
    const queued = await bob.run('create_contact', ofBob, contact('queued'));
    backUp();
    await api.stop();
    await scenario.startService();
    expect((await bob.ended(queued)).at('data.status')).toBe('success');

    await isRefreshed(ofAda, new Date());
    await gatehouse.admin('DELETE', '/admin/tenants/doomed');
    const tombstones = (await gatehouse.admin('GET', '/admin/vault/tombstones')).json;
    await scenario.services.at(-1)?.stop();
    await server.stop();

    await restore();
    const first = await scenario.startService({ ROLES: 'api', DATABASE_URL: restored.url });
    expect((await gatehouse.admin('GET', '/admin/tenants/doomed')).status).toBe(200);
    await gatehouse.admin('POST', '/admin/vault/tombstones', tombstones);
    expect((await doomed.exchangeJwt('dan', {})).status).toBe(401);
    await first.stop();

    await scenario.startService({ DATABASE_URL: restored.url });
    const again = await EmbedUser.signIn(gatehouse, partner, 'bob');
    const run = await again.ended(await again.run('create_contact', ofBob, contact('restored')));
    expect(run.at('data.status')).toBe('success');
    expect(await inCrm('restored')).toBe(1);
    // It is not done a second time, and does not hang.
    expect((await again.ended(queued)).at('data.status')).toBe('error');
    expect(await inCrm('queued')).toBe(1);
    // Its refresh token of the backup was spent since: only she can connect it again, and is told.
    await queryOnce(restored.url, `UPDATE connections SET due_at = $2 WHERE id = $1`, [ofAda, new Date()]);
    await vi.waitFor(
      async () => expect((await ada.get(`/v2/authentications/${ofAda}`)).at('data.status')).toBe('needs_reauth'),
      { timeout: 60_000, interval: 100 },
    );
    expect((await gatehouse.admin('POST', '/admin/audit/verify', {})).json).toMatchObject({ ok: true });
  },
);
