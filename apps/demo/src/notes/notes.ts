import fastify, { type FastifyInstance } from 'fastify';
import { GatehouseError } from '../gatehouse-error.js';
import { listen } from '../listen.js';
import { apiRoutes } from './api.js';
import { loadAssets } from './assets.js';
import { Gatehouse, type Enrolment } from './gatehouse.js';
import { loadSigningKey } from './signing-key.js';

export interface NotesOptions {
  /** 0 takes a free one. */
  port: number;
  host: string;
  dataDir: string;
  gatehouseUrl: string;
  crmUrl: string;
}

export interface Notes {
  /** Its origin, and the issuer of its JWTs. */
  url: string;
  jwksUri: string;
  /** Gatehouse wants to see the JWKS before it hands out credentials, so these come later. */
  enrol(enrolment: Enrolment): void;
  close(): Promise<void>;
}

/** Acme Notes: a SaaS that embeds Gatehouse the way a partner would. Development only. */
export async function startNotes(options: NotesOptions): Promise<Notes> {
  const listener = await listen({ name: 'Acme Notes', host: options.host, port: options.port });
  const url = `http://localhost:${listener.port}`;
  const key = await loadSigningKey(options.dataDir);
  const gatehouse = new Gatehouse(options.gatehouseUrl.replace(/\/+$/, ''), url, key);
  const app = fastify({
    serverFactory: (handle) => {
      listener.serve(handle);
      return listener.server;
    },
  });
  refuseForeignPages(app, url);
  answerErrors(app);
  app.get('/.well-known/jwks.json', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').send(key.jwks),
  );
  apiRoutes(app, gatehouse, options.crmUrl);
  pageRoutes(app, gatehouse.url);
  await app.ready();
  return {
    url,
    jwksUri: `${url}/.well-known/jwks.json`,
    enrol: (enrolment) => gatehouse.enrol(enrolment),
    close: () => listener.close(),
  };
}

function pageRoutes(app: FastifyInstance, gatehouseUrl: string): void {
  const assets = loadAssets();
  const policy = [
    `default-src 'self'`,
    `script-src 'self' ${gatehouseUrl}`,
    `connect-src 'self' ${gatehouseUrl}`,
    `img-src * data:`,
    `frame-ancestors 'none'`,
  ].join('; ');
  for (const path of ['/', '/connected', '/assets/:name']) {
    app.get<{ Params: { name?: string } }>(path, async ({ params }, reply) => {
      const asset = assets.get(params.name ?? 'index.html');
      if (!asset) return reply.callNotFound();
      reply.headers({ 'cache-control': 'no-cache', 'content-security-policy': policy });
      return reply.type(asset.type).send(asset.content);
    });
  }
}

/** Every port of localhost is the same site, so SameSite cookies alone would let a neighbour's page act here. */
function refuseForeignPages(app: FastifyInstance, origin: string): void {
  app.addHook('onRequest', async (request) => {
    const from = request.headers.origin;
    if (request.method !== 'GET' && from !== undefined && from !== origin) {
      throw new GatehouseError(403, 'Only pages of Acme Notes may ask this.');
    }
  });
}

function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error instanceof GatehouseError ? error.status : (error.statusCode ?? 500);
    const message = status === 500 && !(error instanceof GatehouseError) ? 'Something went wrong here.' : error.message;
    return reply.code(status).send({ message });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'There is nothing here.' }));
}
