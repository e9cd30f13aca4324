import { setTimeout as delay } from 'node:timers/promises';
import { Caller } from './caller.js';
import { countRequests } from '#libs/testing';
import { type Experiment, missed } from './experiment.js';
import { becomes } from './until.js';
import { RefreshWorld } from './world.js';

const CONNECTIONS = { short: 40, full: 500 };
const PROCESSES = { short: 2, full: 4 };
const AT_ONCE = 20;
/** Answers take up to this long, and a disconnect comes at any moment of it: before, during, after. */
const ANSWER_MILLISECONDS = 400;
const REVOKED_SECONDS = 60;

/** Users disconnect while their connection is being refreshed. */
export const disconnects: Experiment = {
  test: 'R17',
  title: 'a disconnect races a refresh',
  run: async (ground, size) => {
    await using world = await RefreshWorld.start(ground, {
      processes: PROCESSES[size],
      refresh: { rotation: 'strict' },
      accessTokenSeconds: 3600,
    });
    world.proxy.latencyMilliseconds = [0, ANSWER_MILLISECONDS];
    const now = new Date();
    const idle = { obtainedAt: now, expiresAt: new Date(now.getTime() + 3600_000) };
    const connections = await world.connect(CONNECTIONS[size], () => idle);
    const caller = await Caller.of(world);
    await world.warmUp();
    const held = await world.held();
    let refused = 0;
    let stored = 0;
    for (let start = 0; start < connections.length; start += AT_ONCE) {
      const batch = connections.slice(start, start + AT_ONCE);
      const ids = batch.map(({ id }) => id);
      await world.query(`UPDATE connections SET due_at = $1 WHERE id = ANY($2::uuid[])`, [new Date(), ids]);
      const ends = batch.map(async ({ id, grant }, index) => {
        await becomes(() => world.proxy.passages.some(({ presented }) => presented === held.get(grant)), 10, 5);
        await delay(Math.random() * 1.5 * ANSWER_MILLISECONDS);
        if (!(await caller.disconnect(id, index))) refused += 1;
        const [left] = await world.query(`SELECT count(*)::int AS count FROM vault_secrets WHERE row_id = $1`, [id]);
        stored += Number(left?.count ?? 0);
      });
      await Promise.all(ends);
    }
    const alive = async () => (await world.provider.grants()).filter((grant) => grant.alive).length;
    const revoked = await becomes(async () => (await alive()) === 0, REVOKED_SECONDS);
    const left = revoked ? 0 : await alive();
    await Promise.all(world.members.map((member) => member.terminate(40)));
    const secrets = await world.query(`SELECT 1 FROM vault_secrets WHERE row_id = ANY($1::text[])`, [
      connections.map(({ id }) => id),
    ]);
    const late = await world.query(`SELECT 1 FROM audit_entries WHERE action = 'connection.answer_revoked'`);
    const counts = countRequests(await world.provider.requests());
    return [
      {
        test: 'R17',
        condition: `disconnect × ${CONNECTIONS[size]} during a refresh, strict`,
        ...counts,
        lost: 0,
        marked: 0,
        misses: [
          ...missed(refused === 0, `${refused} disconnects were refused`),
          ...missed(stored === 0, `${stored} secrets were still stored after the disconnect answered`),
          ...missed(secrets.length === 0, `${secrets.length} secrets were stored later`),
          ...missed(revoked, `${left} grants are still alive at the provider`),
          ...missed(counts.reuse === 0, `${counts.reuse} reused`),
        ],
        notes: [`${late.length} late answers revoked at the provider`],
      },
    ];
  },
};
