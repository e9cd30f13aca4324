import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import formbody from '@fastify/formbody';
import fastify from 'fastify';
import { createLocalJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listen, type Listener } from '../listen.js';
import { startNotes, type Notes } from './notes.js';

type Form = Record<string, string>;

/** A token endpoint and one API path that remember what they issued. */
class FakeGatehouse {
  readonly exchanges: Form[] = [];
  readonly tokens = new Set<string>();
  private readonly app = fastify();

  async serve(): Promise<Listener> {
    await this.app.register(formbody);
    this.app.post<{ Body: Form }>('/oauth/token', async ({ body, headers }, reply) => {
      this.exchanges.push({ ...body, authorization: headers.authorization ?? '' });
      const isJwt = body.subject_token_type?.endsWith('external-jwt');
      if (!isJwt && !this.tokens.has(body.subject_token ?? '')) {
        const description = 'The subject_token is not a live access token of this client.';
        return reply.code(400).send({ error: 'invalid_request', error_description: description });
      }
      const token = `token-${this.exchanges.length}`;
      if (isJwt) this.tokens.add(token);
      return { access_token: token, expires_in: 600, attempt: 'att_1' };
    });
    this.app.get('/v2/apps', async ({ headers }, reply) => {
      if (this.tokens.has(headers.authorization?.slice('Bearer '.length) ?? '')) return { data: [] };
      return reply.code(401).send({ errors: [{ title: 'NotAuthenticated', detail: 'The token is not valid.' }] });
    });
    const listener = await listen({ name: 'Gatehouse', host: '127.0.0.1', port: 0 });
    await this.app.ready();
    listener.serve((request, response) => this.app.routing(request, response));
    return listener;
  }
}

let gatehouse: FakeGatehouse;
let listener: Listener;
let notes: Notes;
const dataDir = mkdtempSync(join(tmpdir(), 'notes-'));

beforeEach(async () => {
  gatehouse = new FakeGatehouse();
  listener = await gatehouse.serve();
  const gatehouseUrl = `http://localhost:${listener.port}`;
  notes = await startNotes({ port: 0, host: '127.0.0.1', dataDir, gatehouseUrl, crmUrl: 'http://localhost:1' });
  notes.enrol({ clientId: 'c:1', clientSecret: 's&1', audience: 'gate.test' });
});

afterEach(async () => {
  await Promise.all([notes.close(), listener.close()]);
  rmSync(dataDir, { recursive: true, force: true });
});

const ask = (path: string, init: RequestInit = {}) => fetch(notes.url + path, init);

async function claimsOf(token = ''): Promise<JWTPayload> {
  const jwks = JSON.parse(await (await fetch(notes.jwksUri)).text());
  const parties = { issuer: notes.url, audience: 'gate.test' };
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), parties);
  expect(protectedHeader.alg).toBe('ES256');
  return payload;
}

it('says who is asking in a JWT that its JWKS verifies, and that is used once within minutes', async () => {
  await ask('/api/apps');
  await ask('/api/apps', { headers: { cookie: 'acme_notes_person=usr_jo' } });
  const [mia, jo] = gatehouse.exchanges;
  const first = await claimsOf(mia?.subject_token);
  const second = await claimsOf(jo?.subject_token);
  expect([first.sub, first.org_id, second.sub, second.org_id]).toEqual([
    'usr_mia',
    'org_northwind',
    'usr_jo',
    'org_contoso',
  ]);
  expect((first.exp ?? 0) - (first.iat ?? 0)).toBeLessThanOrEqual(300);
  expect(first.jti).not.toBe(second.jti);
  expect(mia?.authorization).toBe(`Basic ${Buffer.from('c%3A1:s%261').toString('base64')}`);
});

it('exchanges once and uses the token until it nears its end', async () => {
  await Promise.all([ask('/api/apps'), ask('/api/apps')]);
  await ask('/api/apps');
  expect(gatehouse.exchanges).toHaveLength(1);
});

it('exchanges once more when the token ended before its time', async () => {
  await ask('/api/apps');
  gatehouse.tokens.clear();
  expect((await ask('/api/apps')).status).toBe(200);
  expect(gatehouse.exchanges).toHaveLength(2);
});

it('gets session codes and browser tokens for the access token, also after that was revoked', async () => {
  await ask('/api/apps');
  gatehouse.tokens.clear();
  const code: unknown = await (await ask('/api/apps/acme-crm/session-code', { method: 'POST' })).json();
  expect(code).toEqual({ code: 'token-4', attempt: 'att_1' });
  expect(gatehouse.exchanges[3]).toMatchObject({
    requested_token_type: 'urn:ietf:params:oauth:token-type:connect-token',
    subject_token: 'token-3',
    scope: 'connection:write',
    resource: `http://localhost:${listener.port}/to/acme-crm`,
  });
  await ask('/api/browser-token', { method: 'POST' });
  expect(gatehouse.exchanges[4]).toMatchObject({
    requested_token_type: 'urn:gatehouse:token-type:browser-token',
    resource: notes.url,
  });
});

it('passes on what Gatehouse says', async () => {
  const refused = await ask('/api/runs/none');
  expect(refused.status).toBe(404);
  await listener.close();
  const gone = await ask('/api/runs/none');
  expect(gone.status).toBe(502);
  expect(await gone.text()).toContain('Gatehouse cannot be reached at');
});

it('acts for its own pages only', async () => {
  const init = { method: 'POST', headers: { origin: 'http://localhost:9' } };
  expect((await ask('/api/browser-token', init)).status).toBe(403);
});

it('serves its page with the scripts and styles it names', async () => {
  const text = await (await ask('/connected')).text();
  const names = [...text.matchAll(/\/assets\/[\w.-]+/g)].map(([path]) => path);
  expect(names).toContain('/assets/notes.js');
  for (const path of names) expect((await ask(path)).status).toBe(200);
});

it('keeps its key through a restart', async () => {
  const before = await (await fetch(notes.jwksUri)).text();
  await notes.close();
  const gatehouseUrl = `http://localhost:${listener.port}`;
  notes = await startNotes({ port: 0, host: '127.0.0.1', dataDir, gatehouseUrl, crmUrl: 'http://localhost:1' });
  expect(await (await fetch(notes.jwksUri)).text()).toBe(before);
  expect(before).not.toContain('"d"');
});
