import { afterAll, beforeAll, expect, it } from 'vitest';
import { FuzzGround } from './fuzz-ground.js';
import { hostileRequest } from './hostile-requests.js';
import { HostileValues, randomNumbers } from './hostile-values.js';
import { HttpCalls, type Received, type Sent } from './http-call.js';
import { readOperations, type Operation } from './operations.js';

/** For long: `FUZZ_SECONDS=600 npx vitest run --project alone test/api-document/fuzz`. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 60);
/** Printed when it fails; give it back to see much the same requests again. */
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const AT_ONCE = 8;
const HANG_MILLISECONDS = 10_000;
/**
 * What takes longer on purpose. Without a tenant, all chains are followed, and thousands are made here. The doctor asks twice of the upstream, and
 * waits for its turn each time: within half a minute.
 */
const LONG = new Map([
  ['POST /admin/audit/verify', 60_000],
  ['POST /admin/tenants/{slug}/upstreams/{name}/doctor', 35_000],
]);
/** Before memory is compared: code is compiled and caches are filled. */
const WARM_UP_SHARE = 0.3;
const GROWTH_BYTES = 48 * 1024 * 1024;

const operations = readOperations();
let ground: FuzzGround;
let calls: HttpCalls;

beforeAll(async () => {
  ground = await FuzzGround.start();
  calls = new HttpCalls(ground.scenario.gatehouse.url);
});
afterAll(async () => {
  calls?.close();
  await ground?.scenario.close();
});

class Findings {
  readonly failures = new Map<string, string>();
  readonly sent = new Map<string, number>();
  readonly statuses = new Map<string, number>();
  /** Milliseconds of the slowest answer for each operation. */
  readonly slowest = new Map<string, number>();
  requests = 0;

  answered(operation: Operation, request: Sent, { status, text, milliseconds }: Received): void {
    this.requests += 1;
    this.slowest.set(operation.name, Math.max(this.slowest.get(operation.name) ?? 0, Math.round(milliseconds)));
    this.sent.set(operation.name, (this.sent.get(operation.name) ?? 0) + 1);
    const kind = `${Math.floor(status / 100)}xx`;
    this.statuses.set(kind, (this.statuses.get(kind) ?? 0) + 1);
    // A page may say so with another status. The document itself tells of the errors that there are.
    const isOfOurs = !operation.path.startsWith('/docs') && /\bat .*\.js:\d|Something failed on our side/.test(text);
    if (status >= 500 || isOfOurs) this.failed(operation, request, `${status} ${text.slice(0, 200)}`);
  }

  failed({ name }: Operation, { path, headers, body }: Sent, what: string): void {
    const shown = body && body.length < 2000 ? body.toString('utf8') : `${body?.length ?? 0} bytes`;
    this.failures.set(`${name} ${what.slice(0, 60)}`, `${what}\n  ${path}\n  ${JSON.stringify(headers)}\n  ${shown}`);
  }
}

async function sendUntil(end: number, values: HostileValues, findings: Findings): Promise<void> {
  while (performance.now() < end) {
    await ground.replenish();
    const operation = values.pick(operations);
    const request = hostileRequest(operation, values, ground.ground);
    try {
      findings.answered(operation, request, await calls.send(request, LONG.get(operation.name) ?? HANG_MILLISECONDS));
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException;
      // A body that is too large is answered before it has been sent: the rest meets a closed connection.
      const isCutShort = (code === 'ECONNRESET' || code === 'EPIPE') && (request.body?.length ?? 0) > 60_000;
      if (!isCutShort) findings.failed(operation, request, `no answer: ${message}`);
    }
  }
}

const TOLD_LINES = 50;
const isOfError = (line: string) => /"level":"?(50|error)/.test(line);

const SLOWEST = 5;
const slowestOf = (slowest: ReadonlyMap<string, number>) =>
  [...slowest]
    .sort(([, one], [, other]) => other - one)
    .slice(0, SLOWEST)
    .map(([name, milliseconds]) => `${name} ${milliseconds} ms`)
    .join(', ');

const mebibytes = (bytes: number) => Math.round(bytes / 1024 / 1024);

it(
  `in ${SECONDS} s of hostile requests for every operation nothing fails, hangs or grows, and every answer is as the document says`,
  { timeout: (SECONDS + 120) * 1000 },
  async () => {
    const findings = new Findings();
    const random = randomNumbers(SEED);
    const values = new HostileValues(random, () => ground.known());
    const sendFor = (seconds: number) => {
      const end = performance.now() + seconds * 1000;
      return Promise.all(Array.from({ length: AT_ONCE }, () => sendUntil(end, values, findings)));
    };
    await sendFor(SECONDS * WARM_UP_SHARE);
    const before = await ground.heldBytes();
    await sendFor(SECONDS * (1 - WARM_UP_SHARE));
    const growth = (await ground.heldBytes()) - before;
    const { requests, statuses, sent, slowest } = findings;
    console.info(
      `${requests} requests for ${sent.size} of ${operations.length} operations (seed ${SEED}): ${JSON.stringify(Object.fromEntries(statuses))}, ` +
        `slowest: ${slowestOf(slowest)}; held ${mebibytes(before)} MiB and ${mebibytes(growth)} MiB more at the end`,
    );
    // What the service says of a failure is gone with it.
    if (findings.failures.size > 0)
      console.info(ground.scenario.logs().filter(isOfError).slice(-TOLD_LINES).join('\n'));
    expect([...findings.failures.values()].join('\n\n'), `seed ${SEED}`).toBe('');
    expect(ground.scenario.logs().filter((line) => line.startsWith('OFF THE API DOCUMENT'))).toEqual([]);
    expect(operations.filter(({ name }) => !sent.has(name))).toEqual([]);
    expect(growth).toBeLessThan(GROWTH_BYTES);
  },
);
