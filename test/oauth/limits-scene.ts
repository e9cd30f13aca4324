import { randomBytes, randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import { createTestDatabase, queryOnce, startService, type ServiceProcess, type TestDatabase } from '#libs/testing';
import type { Answer } from '../main-job/answer.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner, type PartnerOptions } from '../main-job/partner.js';
import { CallerAt } from './caller-at.js';

/** Processes of the service on one database, with limits, and whoever calls them. */
export class LimitsScene {
  readonly #callers: CallerAt[] = [];
  readonly #services: ServiceProcess[] = [];

  private constructor(
    readonly database: TestDatabase,
    private readonly env: Record<string, string>,
  ) {}

  static async start(processes: number): Promise<LimitsScene> {
    const VAULT_KEYRING = `k1:${randomBytes(32).toString('base64')}`;
    const env = { VAULT_KEYRING, ADMIN_TOKEN: randomBytes(32).toString('base64url') };
    const scene = new LimitsScene(await createTestDatabase(), env);
    for (let n = 0; n < processes; n += 1) await scene.startService();
    return scene;
  }

  /** @returns its number */
  async startService(env: Record<string, string> = {}): Promise<number> {
    return (
      this.#services.push(await startService({ databaseUrl: this.database.url, env: { ...this.env, ...env } })) - 1
    );
  }

  get adminToken(): string {
    return this.#service(0).adminToken;
  }

  callerAt(address: string, process = 0): CallerAt {
    const caller = new CallerAt(this.#service(process).url, address);
    this.#callers.push(caller);
    return caller;
  }

  enrol(options: Partial<PartnerOptions> = {}): Promise<Partner> {
    const { url, adminToken } = this.#service(0);
    return Partner.enrol(new Gatehouse(url, adminToken), { slug: `t-${randomUUID()}`, ...options });
  }

  /** As if other processes had counted as much in this minute; and in the next, so that it may end meanwhile. */
  async countedElsewhere(partner: Partner, name: string, count: number): Promise<void> {
    await queryOnce(
      this.database.url,
      `INSERT INTO rate_counters (tenant_id, name, window_start, count)
       SELECT id, $2, date_trunc('minute', now()) + minutes * interval '1 minute', $3
         FROM tenants, generate_series(0, 1) AS minutes WHERE slug = $1
       ON CONFLICT (tenant_id, name, window_start) DO UPDATE SET count = EXCLUDED.count`,
      [partner.slug, name, count],
    );
  }

  async close(): Promise<void> {
    for (const caller of this.#callers) await caller.close();
    for (const service of this.#services) await service.stop();
    await this.database.drop();
  }

  #service(process: number): ServiceProcess {
    return this.#services[process] ?? expect.fail(`There is no process ${process}.`);
  }
}

/** For what the end of a minute would undo. */
export const untilMinuteHas = (seconds: number) =>
  vi.waitFor(() => expect(60 - ((Date.now() / 1000) % 60)).toBeGreaterThan(seconds), {
    timeout: 20_000,
    interval: 100,
  });

/** @throws when it is not answered within so many tries */
export const untilStatus = (status: number, send: () => Promise<Answer>, tries = 30) =>
  vi.waitFor(
    async () => {
      const answer = await send();
      expect(answer.status, answer.text).toBe(status);
      return answer;
    },
    { timeout: tries * 100, interval: 100 },
  );

/** @returns how often each status was answered, when `width` send together */
export async function statuses(
  times: number,
  width: number,
  send: () => Promise<Answer>,
): Promise<Map<number, number>> {
  const seen = new Map<number, number>();
  let left = times;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      const { status } = await send();
      seen.set(status, (seen.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return seen;
}

export const rate = ({ headers }: Answer) => ({
  limit: headers.get('x-ratelimit-limit'),
  remaining: headers.get('x-ratelimit-remaining'),
  reset: headers.get('x-ratelimit-reset'),
});

/** Protocol.md C30: integers, and Retry-After in seconds. */
export function expectWait(answer: Answer, limit: number): void {
  const { reset, ...rest } = rate(answer);
  expect(rest).toEqual({ limit: String(limit), remaining: '0' });
  const wait = answer.headers.get('retry-after') ?? '';
  expect(wait).toMatch(/^\d+$/);
  expect(Number(wait)).toBeGreaterThanOrEqual(1);
  expect(Number(wait)).toBeLessThanOrEqual(60);
  expect(Number(reset) % 60).toBe(0);
}
