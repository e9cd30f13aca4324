import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { asTenantId, type TenantId } from '#libs/database';
import { RateLimits, type LimitName } from '#libs/limits';
import { appDocument, establishConnection } from '#libs/testing';
import { Answer } from '../main-job/answer.js';
import { EmbedUser } from '../main-job/embed-user.js';
import { Gatehouse } from '../main-job/gatehouse.js';
import { Partner } from '../main-job/partner.js';
import { untilMinuteHas } from '../oauth/limits-scene.js';
import { GuardedService } from './guarded-service.js';

/** A tenant of the service, with a user, an app and a connection. */
export class LimitedScene {
  private constructor(
    readonly service: GuardedService,
    readonly partner: Partner,
    readonly user: EmbedUser,
    readonly tenantId: TenantId,
    readonly userId: string,
    readonly connectionId: string,
  ) {}

  static async start(): Promise<LimitedScene> {
    const service = await GuardedService.start();
    const { gatehouse, app } = service;
    const partner = await Partner.enrol(gatehouse, { slug: 'acme-notes' });
    const user = await EmbedUser.signIn(gatehouse, partner, 'mia');
    await gatehouse.admin('POST', '/admin/apps', appDocument('acme-crm', 'https://crm.example'));
    await gatehouse.admin('PUT', '/admin/tenants/acme-notes/apps/acme-crm', {
      oauth: { client_id: 'a', client_secret: 'b' },
    });
    const [row] = await app.database.query<{ user: string; tenant: string; app: string }>(
      `SELECT users.id AS user, tenant_id AS tenant, (SELECT id FROM apps) AS app FROM users`,
    );
    const tenantId = asTenantId(row?.tenant ?? '');
    const owner = { tenantId, userId: row?.user ?? '', appId: row?.app ?? '' };
    const now = new Date().toISOString();
    const credentials = {
      kind: 'oauth2' as const,
      accessToken: 'a',
      refreshToken: null,
      scopes: [],
      expiresAt: null,
      obtainedAt: now,
    };
    const connectionId = await establishConnection(app, owner, credentials);
    return new LimitedScene(service, partner, user, tenantId, owner.userId, connectionId);
  }

  get gatehouse(): Gatehouse {
    return this.service.gatehouse;
  }

  admin(method: string, path: string, json?: unknown): Promise<Answer> {
    return this.gatehouse.call(method, path, { bearer: this.gatehouse.adminToken, json });
  }

  token(form: Record<string, string>, path = '/oauth/token'): Promise<Answer> {
    const credentials = { client_id: this.partner.clientId, client_secret: this.partner.clientSecret };
    return this.gatehouse.call('POST', path, { form: { ...credentials, ...form } });
  }

  async appToken(): Promise<string> {
    const scope = 'webhook:read webhook:write';
    return (await this.token({ grant_type: 'client_credentials', scope })).at('access_token');
  }

  /** A request whose path, names and values of headers have so many bytes. @returns the status */
  async head(bytes: number): Promise<string> {
    const [path, headers] = ['/health/live', { host: 'a', connection: 'close' }];
    const counted = [path, ...Object.entries(headers).flat(), 'x-pad'].join('').length;
    const { port } = new URL(this.gatehouse.url);
    const socket = connect(Number(port), '127.0.0.1');
    const lines = Object.entries({ ...headers, 'x-pad': 'a'.repeat(bytes - counted) }).map((pair) => pair.join(': '));
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    return /^HTTP\/1\.1 (\d+)/.exec(await text(socket))?.[1] ?? 'nothing';
  }

  /** As if all but one of the minute's had been used; `send` uses that one, and asks again. */
  async spent(tenantId: TenantId, subject: string, limit: LimitName, send: () => Promise<Answer>) {
    await untilMinuteHas(3);
    const rateLimits = this.service.app.get(RateLimits);
    const { remaining } = rateLimits.quota(tenantId, limit, subject);
    const giveBack = rateLimits.count(tenantId, limit, subject, remaining - 1);
    const answers = [await send(), await send()] as const;
    giveBack();
    return answers;
  }

  close(): Promise<void> {
    return this.service.close();
  }
}

/** `429 throttled`; of a page its status. */
export function errorOf(answer: Answer | string): string {
  if (typeof answer === 'string') return answer;
  const { status, headers } = answer;
  if (headers.get('content-type')?.startsWith('text/html')) return `${status} page`;
  if (status < 300) return String(status);
  const { code, error, errors } = answer.json as { code?: string; error?: string; errors?: { code?: string }[] };
  return `${status} ${code ?? error ?? errors?.[0]?.code ?? 'sentence'}`;
}
