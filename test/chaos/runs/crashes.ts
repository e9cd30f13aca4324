import { setTimeout as delay } from 'node:timers/promises';
import type { CountingLog } from '#libs/testing';
import { missed, type Ground } from '../refresh/experiment.js';
import type { Member } from '../refresh/member.js';
import type { RunsExperiment, RunsFinding } from './finding.js';
import { RunsWorld, type Action, type States } from './runs-world.js';

const WRITES = ['plain', 'keyed', 'polled'] as const satisfies readonly Action[];
const SETTLE_SECONDS = 150;

interface CrashOptions {
  test: string;
  processes: number;
  /** Of each action. */
  runs: number;
  kills: number;
  /** From kill to kill. */
  everyMilliseconds: number;
}

/** P1 and P2: whatever a kill meets is carried out once at most, and where the third party knows a key, exactly once. */
export const crashes: RunsExperiment = {
  test: 'P1',
  title: 'SIGKILL of a random process while runs are created (P1, with a key P2)',
  run: (ground, size) =>
    crash(ground, {
      test: 'P1',
      processes: size === 'full' ? 4 : 2,
      runs: size === 'full' ? 1000 : 60,
      kills: size === 'full' ? 100 : 5,
      everyMilliseconds: 500,
    }),
};

export const crashesEverySecond: RunsExperiment = {
  test: 'P-many',
  title: 'three processes, 5,000 runs, a kill a second after each is back',
  run: (ground, size) =>
    crash(ground, {
      test: 'P-many',
      processes: 3,
      runs: size === 'full' ? 1667 : 100,
      kills: size === 'full' ? 60 : 5,
      everyMilliseconds: 1000,
    }),
};

async function crash(ground: Ground, { test, processes, runs, kills, everyMilliseconds }: CrashOptions) {
  await using world = await RunsWorld.start(ground, processes);
  await world.app.configure({ latencyMilliseconds: [20, 800] });
  let killed = 0;
  const killing = (async () => {
    for (; killed < kills; killed += 1) {
      await delay(everyMilliseconds);
      await killOne(world.members);
    }
  })();
  // Over the time of the kills, and not before it.
  const pace = (kills * everyMilliseconds) / runs;
  let tries = 0;
  const creating = WRITES.map(async (action) => {
    for (let number = 0; number < runs;) {
      // A name of its own for each try: an answer that was lost may be a run all the same.
      const name = `${action}-${number}-${tries++}`;
      if (await world.create(action, { name, ...(action === 'polled' && { seconds: 2 }) })) number += 1;
      await delay(pace);
    }
  });
  await Promise.all([killing, ...creating]);
  const settled = await world.settles(SETTLE_SECONDS);
  const log = await world.app.log();
  const findings: RunsFinding[] = [];
  for (const action of WRITES) {
    const states = await world.states(action);
    const promised = action === 'keyed' ? noneUnknown(states) : [];
    const finding = judge(test, `SIGKILL × ${killed}, ${CONDITIONS[action]}`, states, executedOf(log, action));
    const untold = await world.untold(action);
    finding.misses.push(...promised, ...missed(settled, `not settled after ${SETTLE_SECONDS} s`));
    finding.misses.push(...missed(untold === 0, `${untold} ended and nobody was called back`));
    finding.notes.push(
      `${log.abandoned} writes were under way at the kills; ${world.told.size} runs called back about`,
    );
    findings.push(finding);
  }
  return findings;
}

const CONDITIONS: Record<(typeof WRITES)[number], string> = {
  plain: 'the third party knows no key',
  keyed: 'the third party knows a key (P2)',
  polled: 'finished 2 s later, no key',
};

/** Comes back by itself, while the others go on. */
async function killOne(members: readonly Member[]): Promise<void> {
  const member = members[Math.floor(Math.random() * members.length)] as Member;
  await member.kill();
  await member.start();
}

function executedOf({ executed }: CountingLog, action: Action): CountingLog['executed'] {
  return executed.filter(({ name }) => name.startsWith(`${action}-`));
}

function judge(test: string, condition: string, states: States, executed: CountingLog['executed']): RunsFinding {
  const twice = executed.filter(({ times }) => times > 1);
  const { runs, succeeded, unknown, open, others } = states;
  const failed = Object.values(others).reduce((sum, count) => sum + count, 0);
  return {
    test,
    condition,
    runs,
    succeeded,
    unknown,
    twice: twice.length,
    open,
    misses: [
      ...missed(twice.length === 0, `${twice.length} were carried out twice`),
      ...missed(open === 0, `${open} are in no final state`),
      ...missed(failed === 0, `${failed} failed: ${JSON.stringify(others)}`),
      ...missed(executed.length >= succeeded, `${succeeded} succeeded, and only ${executed.length} were carried out`),
      ...missed(
        executed.length <= succeeded + unknown,
        `${executed.length - succeeded - unknown} were carried out and are told as failed`,
      ),
    ],
    notes: [],
  };
}

function noneUnknown({ unknown }: States): string[] {
  return missed(unknown === 0, `${unknown} unknown although the third party knows the key`);
}
