import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Config } from '#libs/config';
import { startTracing } from '#libs/telemetry';
import { temporaryFolder } from '#libs/testing';
import { AddressGuard } from './address-guard.js';
import { answerLimits, Egress } from './index.js';

const OPENSSL = 'openssl';
const VECTORS = '../shared/vectors/ssrf/oidc-provider-special-use-ip.json';
const config = (egressAllow: string[]) => ({ egressAllow }) as unknown as Config;

const hasOpenssl = spawnSync(OPENSSL, ['version']).status === 0;
using folder = temporaryFolder('egress');
const [keyFile, certFile] = [join(folder.path, 'key.pem'), join(folder.path, 'cert.pem')];
const certificateRequest = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost';
if (hasOpenssl) {
  execFileSync(OPENSSL, [...certificateRequest.split(' '), '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
}
const files = hasOpenssl ? { key: readFileSync(keyFile), cert: readFileSync(certFile) } : {};

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('address guard', () => {
  const guard = new AddressGuard(['10.1.0.0/16', 'localhost']);

  it.each([
    '127.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    'fd00::1',
    'fe80::1',
    '0.0.0.0',
    '224.0.0.1',
    '64:ff9b::7f00:1',
  ])('refuses %s', (address) => expect(guard.allowsAddress(address)).toBe(false));

  it.each(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946', '10.1.2.3', '::ffff:10.1.2.3'])(
    'allows %s',
    (address) => expect(guard.allowsAddress(address)).toBe(true),
  );

  it.skipIf(!existsSync(VECTORS))(
    'refuses the whole table of special-use addresses (skipped where ../shared is absent)',
    () => {
      const { block } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { block: string[] };
      expect(block.length).toBeGreaterThan(60);
      const open = new AddressGuard([]);
      expect(block.filter((address) => open.allowsAddress(address))).toEqual([]);
    },
  );
});

describe('egress', () => {
  const answers: Record<string, RequestListener> = {
    '/ok': (request, response) => response.setHeader('x-host', request.headers.host ?? '').end('fine'),
    '/redirect': (_, response) => response.writeHead(302, { location: '/ok' }).end(),
    '/large': (_, response) => response.end('x'.repeat(answerLimits.webhook.bytes + 1)),
    '/hang': () => undefined,
    '/reset': (request) => request.socket.destroy(),
  };
  const server = createServer((request, response) => answers[request.url ?? '']?.(request, response));
  let origin = '';

  beforeAll(async () => {
    origin = `http://localhost:${await listening(server)}`;
  });
  afterAll(() => server.closeAllConnections());

  const allowed = new Egress(config(['127.0.0.0/8', '::1/128']));

  it('reaches an exempt host by each of its addresses, under the name that was asked for', async () => {
    const response = await allowed.request({ method: 'GET', url: `${origin}/ok` });
    expect([response.status, response.body.toString(), response.headers['x-host']]).toEqual([
      200,
      'fine',
      new URL(origin).host,
    ]);
  });

  it('hands a redirect back instead of following it', async () => {
    expect((await allowed.request({ method: 'GET', url: `${origin}/redirect` })).status).toBe(302);
  });

  it.each([
    ['blocked', 'file:///etc/passwd', false],
    ['blocked', 'http://user:pw@127.0.0.1/', false],
    ['blocked', 'not a url', false],
    ['unreachable', 'http://127.0.0.1:1/', false],
  ])('answers %s for %s, saying whether it may have arrived', async (failure, url, mayHaveArrived) => {
    await expect(allowed.request({ method: 'GET', url })).rejects.toMatchObject({ failure, mayHaveArrived });
  });

  it.each([
    ['too_large', '/large'],
    ['timeout', '/hang'],
    ['interrupted', '/reset'],
  ])('answers %s at %s, which may have arrived', async (failure, path) => {
    const call = allowed.request({ method: 'POST', url: origin + path, timeoutSeconds: 0.2, purpose: 'webhook' });
    await expect(call).rejects.toMatchObject({ failure, mayHaveArrived: true });
  });

  const closed = new Egress(config([]));

  it.each(['127.0.0.1', '0x7f.1', '2130706433', '[::ffff:7f00:1]', '[::1]'])(
    'refuses loopback as %s, where it is not exempt',
    async (host) => {
      const call = closed.request({ method: 'GET', url: `https://${host}/` });
      await expect(call).rejects.toMatchObject({ failure: 'blocked' });
    },
  );

  it('tells the caller of a name that leads inside what it tells of one that leads nowhere, and us which it was', async () => {
    const said = { failure: 'unreachable', message: 'The server could not be reached.' };
    for (const [url, isGuarded] of [
      ['https://localhost/', true] as const,
      ['https://nowhere.invalid/', false] as const,
    ]) {
      const call = closed.request({ method: 'GET', url });
      await expect(call).rejects.toMatchObject({ ...said, isGuarded });
    }
  });
});

describe('a certificate', () => {
  it.skipIf(!hasOpenssl)(
    'that is not accepted is told apart, and nothing was sent (skipped without openssl)',
    async () => {
      const server = createTlsServer(files, (_, response) => response.end());
      const url = `https://localhost:${await listening(server)}/`;
      const call = new Egress(config(['127.0.0.0/8', '::1/128'])).request({ method: 'GET', url });
      await expect(call).rejects.toMatchObject({ failure: 'untrusted', mayHaveArrived: false });
      server.close();
    },
  );
});

describe('TLS that fails', () => {
  const egress = new Egress(config(['127.0.0.0/8', '::1/128']));

  it.each([
    ['an answer that is no TLS', (socket: Socket) => socket.end('x'.repeat(64))],
    ['a connection that is cut', (socket: Socket) => socket.resetAndDestroy()],
  ])('before the handshake is over has sent nothing: %s', async (_, answer) => {
    const server = createTcpServer((socket) => socket.once('data', () => answer(socket)));
    const url = `https://localhost:${await listening(server)}/`;
    const call = egress.request({ method: 'POST', url, body: 'order' });
    await expect(call).rejects.toMatchObject({ failure: 'unreachable', mayHaveArrived: false });
    server.close();
  });

  it.skipIf(!hasOpenssl)('after the request went out may have been acted on (skipped without openssl)', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    // In TLS 1.3 a client is done with the handshake, and writes, before the server has looked at its certificate.
    const server = createTlsServer({ ...files, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' });
    const url = `https://localhost:${await listening(server)}/`;
    const failed = await egress.request({ method: 'POST', url, body: 'order' }).catch((error: unknown) => error);
    vi.unstubAllEnvs();
    server.close();
    expect(failed).toMatchObject({ failure: 'interrupted', mayHaveArrived: true });
  });
});

describe('the look beforehand', () => {
  const egress = new Egress(config(['10.1.0.0/16', 'partner.test']));

  it.each([
    'https://127.0.0.1/jwks',
    'https://localhost/jwks',
    'https://vault.internal/jwks',
    'https://printer.local/jwks',
    'https://postgres/jwks',
    'http://nowhere.invalid/jwks',
    'https://169.254.169.254/latest',
    'https://[::ffff:10.0.0.1]/jwks',
    'https://user:pw@93.184.216.34/jwks',
    'http://93.184.216.34/jwks',
    'ftp://93.184.216.34/jwks',
    'https://93.184.216.34:22/jwks',
    'https://nowhere.invalid:993/jwks',
    'https://168.63.129.16/jwks',
    'jwks',
  ])('refuses %s', async (url) => {
    await expect(egress.check(url)).rejects.toMatchObject({ failure: 'blocked' });
  });

  it.each([
    'https://93.184.216.34/jwks',
    'https://93.184.216.34:8443/jwks',
    'http://10.1.2.3/jwks',
    'http://10.1.2.3:22/jwks',
    'https://nowhere.invalid/jwks',
    'http://partner.test/jwks',
  ])('lets %s pass', async (url) => {
    await expect(egress.check(url)).resolves.toBeUndefined();
  });
});

describe('the ids of our traces', () => {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'GET') seen.push(request.headers.traceparent as string | undefined);
    response.end('{}');
  });
  let port = 0;
  let end: () => Promise<void>;

  beforeAll(async () => {
    port = await listening(server);
    const collector = `http://127.0.0.1:${port}`;
    end = await startTracing({
      endpoint: collector,
      headers: {},
      serviceName: 'spec',
      sampledPart: 1,
      log: () => undefined,
    });
  });
  afterAll(async () => {
    await end();
    server.closeAllConnections();
  });

  it('are sent to the hosts that the operator named, and to no other', async () => {
    const egress = new Egress({ egressAllow: ['127.0.0.0/8', '::1/128'], traceTo: ['localhost'] } as unknown as Config);
    await egress.request({ method: 'GET', url: `http://localhost:${port}/` });
    await egress.request({ method: 'GET', url: `http://127.0.0.1:${port}/` });
    expect(seen).toEqual([expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/), undefined]);
  });
});
