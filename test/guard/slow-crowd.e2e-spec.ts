import { createHistogram } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { HttpCalls } from '../api-document/http-call.js';
import { EmbedUser } from '../main-job/embed-user.js';
import { Scenario } from '../main-job/scenario.js';
import { SlowCrowd } from './slow-crowd.js';

/** The whole proof (security.md A5) has 1,000. Only then are times judged. */
const SLOW_CLIENTS = Number(process.env.SLOW_CLIENTS ?? 120);
const isWhole = SLOW_CLIENTS >= 1000;
const ROUNDS = isWhole ? 3 : 1;
const SECONDS = isWhole ? 30 : 3;
const PER_SECOND = 50;
const ANSWER_MILLISECONDS = 10_000;
const MOST_OF_QUIET = 2;
const PATH = '/v2/authentications?app=acme-crm';

let scenario: Scenario;
let calls: HttpCalls;
let token: string;

beforeAll(async () => {
  scenario = await Scenario.start({ isTimed: true, settings: { LOG_LEVEL: 'warn' } });
  const { gatehouse } = scenario;
  ({ token } = await EmbedUser.signIn(gatehouse, await scenario.enrol(), 'ada'));
  calls = new HttpCalls(gatehouse.url);
});
afterAll(async () => {
  calls?.close();
  await scenario?.close();
});

/** A client that waits for nobody asks at its own pace. @returns the 99th percentile in milliseconds */
async function askFor(seconds: number): Promise<number> {
  const times = createHistogram();
  const asked: Promise<void>[] = [];
  const headers = { authorization: `Bearer ${token}` };
  const begin = performance.now();
  for (let turn = 0; turn < seconds * PER_SECOND; turn += 1) {
    await delay(Math.max(0, begin + (turn / PER_SECOND) * 1000 - performance.now()));
    const asking = calls.send({ method: 'GET', path: PATH, headers, body: null }, ANSWER_MILLISECONDS);
    asked.push(
      asking.then(({ status, milliseconds }) => {
        if (status !== 200) throw new Error(`It answered ${status}.`);
        times.record(Math.max(1, Math.round(milliseconds * 1000)));
      }),
    );
    asked.at(-1)?.catch(() => undefined);
  }
  await Promise.all(asked);
  return times.percentile(99) / 1000;
}

const median = (values: number[]) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

test(
  `${SLOW_CLIENTS} slow clients of every form, which come back when they are cut off, keep nobody else from being answered`,
  { timeout: 120_000 + ROUNDS * (3 * SECONDS + SLOW_CLIENTS / 50) * 1000 },
  async () => {
    await askFor(SECONDS);
    const [quiet, crowded]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      quiet.push(await askFor(SECONDS));
      using crowd = new SlowCrowd(Number(new URL(scenario.gatehouse.url).port));
      await crowd.come(SLOW_CLIENTS);
      await vi.waitFor(() => expect(crowd.connected).toBe(SLOW_CLIENTS), { timeout: 10_000, interval: 20 });
      crowded.push(await askFor(SECONDS));
      console.log(
        `round ${round + 1}: p99 ${quiet[round]?.toFixed(1)} ms alone, ${crowded[round]?.toFixed(1)} ms with ${crowd.connected} slow clients, of whom ${crowd.comebacks} came back`,
      );
    }
    if (isWhole) expect(median(crowded)).toBeLessThan(MOST_OF_QUIET * median(quiet));
  },
);
