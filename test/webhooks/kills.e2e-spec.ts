import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  type Answer,
  type HttpServer,
  type ReceivedRequest,
  type ServiceProcess,
  startHttpServer,
} from '#libs/testing';
import { HookApp } from './hook-app.js';
import { ok, status } from './webhook-scene.js';

/** The whole proof (security.md W1) is 1,000 events and 50 kills. */
const EVENTS = Number(process.env.WEBHOOK_EVENTS ?? 80);
const KILLS = Number(process.env.WEBHOOK_KILLS ?? 2);
const ANSWER_MILLISECONDS = 20;

let app: HookApp;
let receiver: HttpServer;
let worker: ServiceProcess | undefined;

beforeAll(async () => {
  app = await HookApp.start();
  // The user whom the accounts are of.
  await app.partner.accessToken('ada');
  receiver = await startHttpServer();
});
afterAll(async () => {
  await worker?.stop();
  await app?.close();
  await receiver?.close();
});

const later =
  (answer: Answer): Answer =>
  (request, response) =>
    setTimeout(() => answer(request, response), ANSWER_MILLISECONDS);
const faults: Answer[] = [
  // No answer at all.
  () => undefined,
  status(500),
  status(429, { 'retry-after': '1' }),
  status(301, { location: '/elsewhere' }),
  (_, response) => response.destroy(),
];

/** Every tenth event meets a fault, once; the first of them, which takes the longest, is met once altogether. */
function faulty(): Answer {
  const seen = new Set<string>();
  let next = 0;
  return (request, response) => {
    const id = String(request.headers['webhook-id']);
    const isNew = !seen.has(id);
    seen.add(id);
    if (!isNew || seen.size % 10 !== 0) return later(ok)(request, response);
    const fault = faults[next < faults.length ? next : 1 + (next % (faults.length - 1))];
    next += 1;
    return fault?.(request, response);
  };
}

interface Told {
  event: string;
  account: string;
  sequence: number;
}

function read({ body, headers }: ReceivedRequest, secret: string): Told {
  const told = new Verifier(secret).verify(body, headers as Record<string, string>) as {
    data: { id: string; sequence: number };
  };
  return { event: String(headers['webhook-id']), account: told.data.id, sequence: told.data.sequence };
}

test(`${EVENTS} events arrive although the worker is killed ${KILLS} times: none is lost, twice told is told under one id, in order (W1)`, async () => {
  const { id, secret } = await app.subscribe(`${receiver.origin}/hook`, ['connection.created', 'connection.refreshed']);
  const gone = await app.subscribe(`${receiver.origin}/gone`, ['connection.created']);
  const answer = faulty();
  const told: Told[] = [];
  const unverified: string[] = [];
  receiver.answerWith((request, response) => {
    if (request.url !== '/hook') return status(410)(request, response);
    // At once: a signature is good for five minutes.
    try {
      told.push(read(request, secret));
    } catch (error) {
      unverified.push(String(error));
    }
    return answer(request, response);
  });
  const accounts = Array.from({ length: EVENTS / 2 }, (_, index) => `account-${index}`);
  const each = Math.ceil(accounts.length / (KILLS + 1));
  for (let round = 0; round <= KILLS; round += 1) {
    worker ??= await app.startWorker();
    const named = accounts.slice(round * each, (round + 1) * each);
    const before = receiver.requests.length;
    if (named.length === 0) break;
    await app.connect(named, 'first');
    await app.connect(named, 'second');
    if (round === KILLS) break;
    // In the middle of it.
    await vi.waitFor(() => expect(receiver.requests.length).toBeGreaterThan(before + each / 2), { timeout: 60_000 });
    await worker.kill();
    worker = undefined;
  }
  await vi.waitFor(
    async () => {
      const pending = await app.call('GET', `/${id}/deliveries?status=pending&limit=1`);
      expect(pending.json).toMatchObject({ data: [] });
    },
    { timeout: 120_000, interval: 250 },
  );
  expect(unverified).toEqual([]);
  const events = new Map(told.map((one) => [`${one.account} ${one.sequence}`, one.event]));
  expect(events.size).toBe(EVENTS);
  expect(new Set(told.map(({ event }) => event)).size).toBe(EVENTS);
  for (const account of new Set(told.map((one) => one.account))) {
    const sequences = told.filter((one) => one.account === account).map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.toSorted((one, other) => one - other));
  }
  expect(receiver.requests.filter(({ url }) => url === '/elsewhere')).toEqual([]);
  expect((await app.call('GET', `/${gone.id}`)).json).toMatchObject({
    data: { enabled: false, disabled_reason: 'gone' },
  });
  expect((await app.call('GET', `/${id}`)).json).toMatchObject({ data: { enabled: true, failing_since: null } });
  console.log(`${EVENTS} events, ${KILLS} kills: ${told.length} requests, ${told.length - EVENTS} of them repeated.`);
  await app.call('DELETE', `/${id}`);
  await app.call('DELETE', `/${gone.id}`);
}, 900_000);

test('a new secret during traffic fails no delivery, whichever of the two the receiver knows (W2)', async () => {
  worker ??= await app.startWorker();
  const { id, secret: old } = await app.subscribe(`${receiver.origin}/hook`, [
    'connection.created',
    'connection.refreshed',
  ]);
  const failures: string[] = [];
  let known = old;
  let count = 0;
  receiver.answerWith((request, response) => {
    count += 1;
    try {
      read(request, known);
    } catch (error) {
      failures.push(String(error));
    }
    return later(ok)(request, response);
  });
  const names = Array.from({ length: 40 }, (_, index) => `rotated-${index}`);
  const arrived = (events: number) => vi.waitFor(() => expect(count).toBe(events), { timeout: 60_000, interval: 20 });
  await app.connect(names, 'first');
  const replacing = app.call('POST', `/${id}/secret`, { overlap_seconds: 60 });
  await app.connect(names, 'second');
  const fresh = (await replacing).at('data.secret');
  await arrived(2 * names.length);
  await app.connect(names, 'third');
  await arrived(3 * names.length);
  for (const request of receiver.requests.slice(2 * names.length)) read(request, fresh);
  known = fresh;
  await app.connect(names, 'fourth');
  await arrived(4 * names.length);
  expect(failures).toEqual([]);
});
