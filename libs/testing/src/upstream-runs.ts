import { type NewRun, Runs } from '#libs/runs';
import { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { claimRow } from './claim-row.js';
import { createRun } from './run-fixture.js';
import type { TestApp } from './test-app.js';
import type { UpstreamOwner, UpstreamScene } from './upstream-scene.js';
import type { LoggedCall } from './zapier-emulator/call-log.js';
import type { CountedWrite } from './zapier-emulator/run-book.js';
import type { Rule } from './zapier-emulator/rules.js';

export interface SeenJob {
  dueAt: Date;
  sentAt: Date | null;
  faults: number;
  phase: 'execute' | 'poll';
  deadline: Date;
}

type Step = (
  process: TestApp,
  claim: { tenantId: TenantId; id: string; version: number; leaseEnd: Date },
) => Promise<void>;

/** Runs of one owner at the app `trello` of an emulator, taken on step by step, each when it is due. */
export class UpstreamRuns {
  private constructor(
    readonly scene: UpstreamScene,
    readonly owner: UpstreamOwner,
    private readonly takeStep: Step,
  ) {}

  /** A new owner, at an emulator that keeps to every rule and has seen no call. */
  static async begin(scene: UpstreamScene, takeStep: Step): Promise<UpstreamRuns> {
    await scene.emulator.ask('clearRules', {});
    // All owners ask one host: a pause that one of them was told of is not the next one's.
    await scene.app.database.query(`DELETE FROM upstream_budgets`);
    const owner = await scene.newOwner('trello');
    await scene.emulator.ask('forgetCalls');
    return new UpstreamRuns(scene, owner, takeStep);
  }

  create(actionKey = 'WRITE.create_card', changes: Partial<NewRun> = {}): Promise<string> {
    const run = { ...this.owner, actionKey, upstream: 'zapier', inputs: new Secret({ name: 'Ada' }), ...changes };
    return createRun(this.scene.app, this.owner.tenantId, run);
  }

  async rule(...rules: Rule[]): Promise<void> {
    await this.scene.emulator.ask('rule', rules);
  }

  /** Undefined when the run has ended. */
  async job(id: string): Promise<SeenJob | undefined> {
    const rows = await this.scene.app.database.query<SeenJob>(
      `SELECT due_at AS "dueAt", sent_at AS "sentAt", faults, phase, deadline FROM run_jobs WHERE id = $1`,
      [id],
    );
    return rows[0];
  }

  async view(id: string) {
    const found = await this.scene.app.get(Runs).find(this.owner.tenantId, this.owner.userId, id);
    const { results, errors, upstreamMayContinue } = found?.outcome ?? {};
    return { state: found?.run.state, source: found?.run.source, results, errors, upstreamMayContinue };
  }

  async step(id: string, process = this.scene.app) {
    const { app } = this.scene;
    const dueAt = (await this.job(id))?.dueAt ?? app.clock.now();
    await this.scene.advance(Math.max(0, (dueAt.getTime() - app.clock.now().getTime()) / 1000));
    await this.takeStep(process, await claimRow(app, 'run_jobs', id));
    return { ...(await this.view(id)), job: await this.job(id) };
  }

  /** Takes every step. @returns how it ended */
  async toEnd(id: string) {
    while (await this.job(id)) await this.step(id);
    return this.view(id);
  }

  /** Of this owner, as the emulator counts them. */
  async writes(): Promise<CountedWrite[]> {
    const { org, sub } = this.owner.name;
    return (await this.scene.emulator.ask('writes')).filter(({ user }) => user === `${org}/${sub}`);
  }

  calls(): Promise<LoggedCall[]> {
    return this.scene.emulator.ask('calls');
  }

  async asked(method: string, path: string): Promise<number> {
    return (await this.calls()).filter((call) => call.method === method && call.path === path).length;
  }
}
