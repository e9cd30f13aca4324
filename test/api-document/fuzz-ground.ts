import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, vi } from 'vitest';
import { Scenario } from '../main-job/scenario.js';
import { furnish, userHoldings, type FurnishedTenant } from './furnished-tenant.js';
import type { Ground } from './hostile-requests.js';

const SLUGS = Array.from({ length: 200 }, (_, at) => `tenant-${at}`);
const HELD_MEMORY = pathToFileURL(join('test', 'api-document', 'held-memory-preload.mjs')).href;
const REPLENISH_MILLISECONDS = 10_000;

/** A running service with two tenants, whose things come back when they have been destroyed. */
export class FuzzGround {
  #next = 2;
  #replenishing: Promise<void> | null = null;
  #replenishedAt = performance.now();

  private constructor(
    readonly scenario: Scenario,
    readonly ground: Ground,
  ) {}

  static async start(): Promise<FuzzGround> {
    const scenario = await Scenario.start({
      slugs: SLUGS,
      settings: { LOG_LEVEL: 'warn', NODE_OPTIONS: `--import=${HELD_MEMORY}` },
    });
    try {
      const [tenant, victim] = [await furnish(scenario, 'tenant-0'), await furnish(scenario, 'tenant-1')];
      return new FuzzGround(scenario, { tenant, victim, adminToken: scenario.gatehouse.adminToken });
    } catch (error) {
      await scenario.close();
      throw error;
    }
  }

  /** Texts that mean something. */
  known(): string[] {
    const { tenant, victim } = this.ground;
    const held = [tenant.own, tenant.adas, tenant.eves, victim.own, victim.adas].flatMap((ids) => Object.values(ids));
    return [...held, tenant.ada.token, tenant.adminKey, tenant.partner.clientSecret, 'acme-crm', 'create_contact'];
  }

  /** Sees every few seconds whether all is still there. Others wait meanwhile. */
  async replenish(): Promise<void> {
    if (performance.now() - this.#replenishedAt < REPLENISH_MILLISECONDS && !this.#replenishing) return;
    this.#replenishing ??= this.#bringBack().finally(() => {
      this.#replenishing = null;
      this.#replenishedAt = performance.now();
    });
    await this.#replenishing;
  }

  /** By the service, once garbage is collected. */
  async heldBytes(): Promise<number> {
    const said = () => this.scenario.logs().flatMap((line) => /^HOLDS (\d+) bytes/.exec(line)?.[1] ?? []);
    const before = said().length;
    const [service] = this.scenario.services;
    if (!service) throw new Error('There is no service.');
    process.kill(service.pid, 'SIGUSR2');
    await vi.waitFor(() => expect(said().length).toBeGreaterThan(before), { timeout: 30_000 });
    return Number(said().at(-1));
  }

  async #bringBack(): Promise<void> {
    const { ground, scenario } = this;
    for (const role of ['tenant', 'victim'] as const) {
      const adas =
        (await this.#isWhole(ground[role])) && (await userHoldings(scenario, ground[role].ada).catch(() => null));
      ground[role] = adas ? { ...ground[role], adas } : await furnish(scenario, SLUGS[this.#next++] ?? '');
    }
  }

  async #isWhole({ ada, appToken, own, slug, adminKey }: FurnishedTenant): Promise<boolean> {
    const { gatehouse } = this.scenario;
    const seen = await Promise.all([
      ada.get('/v2/authentications?app=acme-crm'),
      gatehouse.get(`/v2/webhooks/${own.webhook}`, appToken),
      gatehouse.get(`/admin/tenants/${slug}/upstreams/${own.upstream}`, adminKey),
      ada.post('/v2/connect-links', { app: 'acme-crm', redirect_uri: 'https://notes.acme.test/connected' }),
    ]);
    return seen.every(({ status }) => status < 300);
  }
}
