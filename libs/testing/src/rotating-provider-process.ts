import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import {
  type ApiCall,
  type MintedGrant,
  type ProviderSettings,
  type RevocationRequest,
  type TokenRequest,
  tokenFingerprint,
} from './rotating-provider-log.js';
import { RotatingStore } from './rotating-provider-store.js';

const ACCOUNT = 'ada';
const SCOPE = 'things';
const clientId = process.env.CLIENT_ID ?? '';
const settings: ProviderSettings = {
  graceSeconds: 0,
  accessTokenSeconds: 3600,
  clientSecret: process.env.CLIENT_SECRET ?? '',
};
const store = new RotatingStore();
const requests: TokenRequest[] = [];
const calls: ApiCall[] = [];
const revocations: RevocationRequest[] = [];
/** Of requests under way: those that presented a spent token and so killed its grant. */
const reused = new WeakSet<object>();

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const origin = originOf(server.address());
const provider = createProvider();
// Koa's handler answers every request of the server that it is told about here.
const handle = provider.callback();
server.on('request', (request, response) => void handle(request, response));
await applySettings({});

const control = createServer((request, response) => {
  answerControl(request).then(
    (answer) => response.setHeader('content-type', 'application/json').end(JSON.stringify(answer ?? null)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
}).listen(0, '127.0.0.1');
await once(control, 'listening');
console.log(JSON.stringify({ origin, control: originOf(control.address()) }));
// Whoever started it holds the other end: however that ends, so does this.
process.stdin.resume().once('end', () => process.exit());

/** A confidential client, a new refresh token at each refresh, and the death of the grant when a spent one comes again. */
function createProvider(): Provider {
  const created = new Provider(origin, {
    adapter: store.adapter,
    scopes: [SCOPE],
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    expiresWithSession: () => false,
    ttl: { AccessToken: () => settings.accessTokenSeconds, RefreshToken: 86_400 * 90, Grant: 86_400 * 365 },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_, client, token) => token.clientId === client.clientId },
    },
  });
  created.on('grant.error', (context, { error_detail: detail }) => {
    if (detail === 'refresh token already used') reused.add(context);
  });
  created.use(async (context, next) => {
    if (context.path === '/api/lists') await answerApi(context as KoaContextWithOIDC);
    else if (context.path === '/token') await recordRefresh(context as KoaContextWithOIDC, next);
    else if (context.path === '/token/revocation') await recordRevocation(context as KoaContextWithOIDC, next);
    else await next();
  });
  return created;
}

async function recordRefresh(context: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  const at = Date.now();
  await next();
  const token = context.oidc?.params?.refresh_token;
  const presented = typeof token === 'string' ? tokenFingerprint(token) : '';
  const body = Object(context.body) as { error?: string; refresh_token?: string };
  requests.push({
    at,
    answeredAt: Date.now(),
    grant: store.issued(presented)?.grant ?? null,
    presented,
    outcome: body.error ?? 'issued',
    reuse: reused.delete(context),
    issued: body.refresh_token === undefined ? null : tokenFingerprint(body.refresh_token),
  });
}

async function recordRevocation(context: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const { token } = context.oidc?.params ?? {};
  const fingerprint = typeof token === 'string' ? tokenFingerprint(token) : '';
  revocations.push({ at: Date.now(), token: fingerprint, grant: store.issued(fingerprint)?.grant ?? null });
}

async function answerApi(context: KoaContextWithOIDC): Promise<void> {
  const token = context.get('authorization').replace(/^Bearer /, '');
  const found = await provider.AccessToken.find(token);
  calls.push({ at: Date.now(), token: tokenFingerprint(token), accepted: found !== undefined });
  context.status = found ? 200 : 401;
  context.body = found ? { lists: [{ id: 'lst_1', name: 'Leads' }] } : { error: 'invalid_token' };
}

async function applySettings(changes: Partial<ProviderSettings>): Promise<void> {
  Object.assign(settings, changes);
  store.graceSeconds = settings.graceSeconds;
  await store.adapter('Client').upsert(
    clientId,
    {
      client_id: clientId,
      client_secret: settings.clientSecret,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: ['http://localhost/unused'],
      token_endpoint_auth_method: 'client_secret_post',
    },
    0,
  );
}

async function mint(count: number): Promise<MintedGrant[]> {
  const client = await provider.Client.find(clientId);
  if (!client) throw new Error('There is no client.');
  const minted: MintedGrant[] = [];
  for (let index = 0; index < count; index += 1) {
    const grant = new provider.Grant({ clientId, accountId: ACCOUNT });
    grant.addOIDCScope(SCOPE);
    const grantId = await grant.save();
    const values = { client, accountId: ACCOUNT, grantId, scope: SCOPE, gty: 'authorization_code' };
    const accessToken = await new provider.AccessToken(values).save();
    const refreshToken = await new provider.RefreshToken({ ...values, expiresWithSession: false }).save();
    minted.push({ grant: grantId, refreshToken, accessToken });
  }
  return minted;
}

async function answerControl(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body: unknown = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'));
  switch (`${request.method} ${request.url}`) {
    case 'POST /grants':
      return mint((body as { count: number }).count);
    case 'PATCH /settings':
      return applySettings(body as Partial<ProviderSettings>);
    case 'GET /grants':
      return store.grants();
    case 'GET /requests':
      return requests;
    case 'GET /calls':
      return calls;
    case 'GET /revocations':
      return revocations;
    default:
      throw new Error(`Nothing is at ${request.method} ${request.url}.`);
  }
}

function originOf(address: AddressInfo | string | null): string {
  return `http://127.0.0.1:${(address as AddressInfo).port}`;
}
