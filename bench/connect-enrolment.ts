import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import type { ServiceProcess } from '#libs/testing';

const URN = 'urn:ietf:params:oauth:token-type:';

export interface ConnectingTenant {
  clientId: string;
  clientSecret: string;
  key: CryptoKey;
}

export interface OpenedConnect {
  /** Of the page, after the redirect that drops the session code. */
  path: string;
  /** What lets this browser see it. */
  cookie: string;
}

/** A tenant that offers an app. */
export async function enrolConnecting(service: ServiceProcess, document: object): Promise<ConnectingTenant> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'bench-1', alg: 'ES256', use: 'sig' };
  const { key } = (await admin(service, 'POST', '/admin/apps', document)) as { key: string };
  const { client } = (await admin(service, 'POST', '/admin/tenants', {
    slug: 'bench',
    name: 'Bench',
    issuer: 'https://bench.example',
    audience: 'gatehouse',
    trust: { jwks: { keys: [jwk] } },
  })) as { client: { client_id: string; client_secret: string } };
  await admin(service, 'PUT', `/admin/tenants/bench/apps/${key}`, { oauth: { client_id: 'c', client_secret: 's' } });
  return { clientId: client.client_id, clientSecret: client.client_secret, key: privateKey };
}

/** As a person's browser does with a fresh session code. */
export async function openConnect(
  { url }: ServiceProcess,
  { clientId, clientSecret, key }: ConnectingTenant,
  app: string,
): Promise<OpenedConnect> {
  const { port } = new URL(url);
  const jwt = await new SignJWT({ org_id: 'org-1' })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'bench-1' })
    .setSubject('ada')
    .setIssuer('https://bench.example')
    .setAudience('gatehouse')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(key);
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: jwt,
    subject_token_type: `${URN}external-jwt`,
    requested_token_type: `${URN}connect-token`,
    resource: `http://localhost:${port}/to/${app}`,
    client_id: clientId,
    client_secret: clientSecret,
  };
  const exchanged = await answerOf(
    await fetch(`${url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) }),
  );
  const { access_token: code } = exchanged as { access_token: string };
  const redeemed = await fetch(`${url}/to/${app}?token=${code}`, { redirect: 'manual' });
  const path = redeemed.headers.get('location');
  const cookie = redeemed.headers.getSetCookie()[0]?.split(';')[0];
  if (path === null || cookie === undefined) throw new Error(`Connect did not open: ${await redeemed.text()}`);
  return { path, cookie };
}

async function admin(
  { url, adminToken }: ServiceProcess,
  method: string,
  path: string,
  json: object,
): Promise<unknown> {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
  return answerOf(await fetch(url + path, { method, headers, body: JSON.stringify(json) }));
}

async function answerOf(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
