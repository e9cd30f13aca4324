import { join } from 'node:path';
import { httpLoad } from './http-load.js';
import { inspectChild } from './inspector.js';
import type { Measure, Runner } from './measure.js';
import { credentials, enrol, exchanging, form } from './oauth.js';
import { withPostgresTime } from './postgres-time.js';
import { RunsScene } from './runs-scene.js';
import type { Suite } from './suite.js';
import { timedLanes } from './timed.js';
import type { Workbench } from './workbench.js';

const WIDTH = 16;
const WITHOUT = join(import.meta.dirname, 'unscoped-service.js');

/** Over HTTP, by what is asked. */
type Paths = Record<
  'JWT exchange' | 'client credentials' | 'create a run, and execute it' | 'run, from POST to result',
  Runner
>;

/** What whole requests cost with row-level security, against the same service without it: each on a PostgreSQL of its own. */
export const rowSecurity: Suite = {
  async prepare(bench, { profile }) {
    const scene = await RunsScene.start(bench, { profile });
    const without = await RunsScene.start(bench, { profile: false, account: 'owner', script: WITHOUT });
    const [ours, theirs] = [await pathsOf(scene, bench), await pathsOf(without, bench)];
    const names = Object.keys(ours) as (keyof Paths)[];
    const measures = names.map((name): Measure => {
      const unit = name.includes('run') ? 'runs' : 'tokens';
      return { name, unit, ours: ours[name], baselines: { 'without row-level security': theirs[name] } };
    });
    return { measures, inspect: () => inspectChild(scene.service.logs()) };
  },
};

async function pathsOf(scene: RunsScene, bench: Workbench): Promise<Paths> {
  const { service, app, databaseUrl } = scene;
  bench.progress('enrolling a tenant');
  const enrolled = await enrol(service);
  const caller = await scene.caller();
  await app.configure({ latencyMilliseconds: [0, 0] });
  const token = `${service.url}/oauth/token`;
  const forms = [form({ grant_type: 'client_credentials', scope: 'webhook:read', ...credentials(enrolled) })];
  const create = () => caller.create('plain', { name: 'x' });
  const creating = timedLanes(WIDTH, service.pid, create);
  const paths: Paths = {
    'JWT exchange': exchanging(token, service.pid, enrolled),
    'client credentials': httpLoad({ url: token, pid: service.pid, status: 200, forms }),
    'create a run, and execute it': async (seconds) => {
      const run = await creating(seconds);
      await scene.quiet();
      return run;
    },
    'run, from POST to result': timedLanes(WIDTH, service.pid, async () => caller.ended(await create())),
  };
  const timed = Object.entries(paths).map(([name, runner]) => [name, withPostgresTime(databaseUrl, runner)]);
  return Object.fromEntries(timed) as Paths;
}
