import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listen, type Listener } from './listen.js';
import { crmCredentials, provision, type ProvisionOptions } from './provision.js';

const adminToken = 'admin-token-of-at-least-32-characters';

/** The part of /admin that is used, with its state; it serves the CRM's document too. */
class FakeGatehouse {
  readonly changes: string[] = [];
  tenant: Record<string, unknown> | undefined;
  apps: { key: string }[] = [];
  oauth: unknown;
  clients = 0;
  private readonly app = fastify();

  constructor() {
    this.app.addHook('onRequest', async (request, reply) => {
      if (!request.url.startsWith('/admin')) return undefined;
      if (request.headers.authorization !== `Bearer ${adminToken}`) {
        return reply.code(401).send({ title: 'Unauthorized', detail: 'The admin token is not right.' });
      }
      if (request.method !== 'GET') this.changes.push(`${request.method} ${request.url}`);
      return undefined;
    });
    this.app.get('/openapi.json', async () => ({ openapi: '3.1.0' }));
    this.app.post<{ Body: Record<string, unknown> }>('/admin/tenants', async ({ body }, reply) => {
      if (this.tenant) return reply.code(409).send({ detail: 'A tenant "acme-notes" exists already.' });
      this.tenant = { ...body, audience: 'gate.test' };
      return reply.code(201).send({ ...this.tenant, client: this.newClient() });
    });
    this.app.get('/admin/tenants/acme-notes', async () => this.tenant);
    this.app.patch<{ Body: object }>('/admin/tenants/acme-notes', async ({ body }) =>
      Object.assign(this.tenant ?? {}, body),
    );
    this.app.post('/admin/tenants/acme-notes/clients', async (_request, reply) =>
      reply.code(201).send(this.newClient()),
    );
    this.app.get('/admin/apps', async () => this.apps);
    this.app.post('/admin/apps', async (_request, reply) => {
      this.apps = [{ key: 'acme-crm' }];
      return reply.code(201).send(this.apps[0]);
    });
    this.app.put<{ Body: { oauth: unknown } }>('/admin/tenants/acme-notes/apps/acme-crm', async ({ body }) => {
      this.oauth = body.oauth;
      return {};
    });
  }

  async serve(): Promise<Listener> {
    const listener = await listen({ name: 'Gatehouse', host: '127.0.0.1', port: 0 });
    await this.app.ready();
    listener.serve((request, response) => this.app.routing(request, response));
    return listener;
  }

  private newClient() {
    this.clients += 1;
    return { client_id: `client-${this.clients}`, client_secret: `secret-${this.clients}` };
  }
}

let gatehouse: FakeGatehouse;
let listener: Listener;
let options: ProvisionOptions;

beforeEach(async () => {
  gatehouse = new FakeGatehouse();
  listener = await gatehouse.serve();
  const gatehouseUrl = `http://localhost:${listener.port}`;
  const dataDir = mkdtempSync(join(tmpdir(), 'provision-'));
  const crm = { url: gatehouseUrl, credentials: crmCredentials(dataDir, gatehouseUrl) };
  const notes = { url: 'http://localhost:3001', jwksUri: 'http://localhost:3001/.well-known/jwks.json' };
  options = { gatehouseUrl, adminToken, dataDir, crm, notes };
});

afterEach(async () => {
  await listener.close();
  rmSync(options.dataDir, { recursive: true, force: true });
});

const file = () => join(options.dataDir, 'notes-client.json');

it('makes the tenant, the app and the OAuth client of the tenant for that app', async () => {
  expect(await provision(options)).toEqual({ clientId: 'client-1', clientSecret: 'secret-1', audience: 'gate.test' });
  expect(gatehouse.tenant).toMatchObject({
    slug: 'acme-notes',
    issuer: 'http://localhost:3001',
    trust: { jwks_uri: 'http://localhost:3001/.well-known/jwks.json' },
    origins: ['http://localhost:3001'],
    redirect_uris: ['http://localhost:3001/connected'],
  });
  const { clientId, clientSecret } = options.crm.credentials;
  expect(gatehouse.oauth).toEqual({ client_id: clientId, client_secret: clientSecret });
});

it('keeps what is shown once where only its owner can read it', async () => {
  await provision(options);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ clientSecret: 'secret-1' });
});

it('changes nothing the second time', async () => {
  const first = await provision(options);
  gatehouse.changes.length = 0;
  expect(await provision(options)).toEqual(first);
  expect(gatehouse.changes).toEqual(['POST /admin/tenants']);
});

it('makes a new client when the file of the first one is lost', async () => {
  await provision(options);
  rmSync(file());
  expect(await provision(options)).toMatchObject({ clientId: 'client-2', clientSecret: 'secret-2' });
});

it('tells Gatehouse when Acme Notes has moved', async () => {
  await provision(options);
  await provision({ ...options, notes: { url: 'http://localhost:4001', jwksUri: 'http://localhost:4001/jwks' } });
  expect(gatehouse.tenant).toMatchObject({ issuer: 'http://localhost:4001', origins: ['http://localhost:4001'] });
});

it('starts over with a database that knows nothing', async () => {
  await provision(options);
  Object.assign(gatehouse, { tenant: undefined, apps: [], oauth: undefined });
  expect(await provision(options)).toMatchObject({ clientId: 'client-2' });
  expect(gatehouse.oauth).toBeDefined();
});

it('finishes what an interrupted start left undone', async () => {
  await provision(options);
  gatehouse.apps = [];
  gatehouse.oauth = undefined;
  await provision(options);
  expect(gatehouse.oauth).toBeDefined();
});

it('says which call was refused, in the words of Gatehouse', async () => {
  await expect(provision({ ...options, adminToken: 'wrong' })).rejects.toThrow(
    'POST /admin/tenants was refused: The admin token is not right.',
  );
});
