import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { AdminCredentials, ConsoleSessions } from '#libs/admin-keys';
import { Config } from '#libs/config';
import { problem } from '#libs/errors';
import { AdminGuard } from '../admin/admin.guard.js';
import { admitDocuments, parserOf } from '../admin/app-documents.js';
import { readMultipart } from '../oauth/form.js';
import { depthProblem } from './body-depth.js';
import { problemAnswer } from './problem-bodies.js';
import { surfaceOf } from './surface.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

const BODY_LIMIT_BYTES = 1024 * 1024;
/** How long a client may hold a connection, in milliseconds. */
export interface HttpTimes {
  /** For the headers of a request to arrive. */
  headers: number;
  /** For the whole of it: a client that drips it holds a connection no longer. */
  request: number;
  /** Between two looks at which connections are late. */
  check: number;
  /** Without a byte in either direction. Longer than the longest call takes to answer. */
  silence: number;
}

export const HTTP_TIMES: HttpTimes = { headers: 15_000, request: 30_000, check: 1000, silence: 600_000 };
/** Room for 500 connections with long tokens. */
const IMPORT_LIMIT_BYTES = 8 * 1024 * 1024;
/** Several times the largest JWT that is read: a form of megabytes is not worth parsing. */
const FORM_LIMIT_BYTES = 64 * 1024;

/** A final slash is optional everywhere, with no redirect: a redirected POST would send its secrets twice (protocol.md C1). */
export function fastifyAdapter(
  { trustedProxies }: Pick<Config, 'trustedProxies'>,
  times: HttpTimes = HTTP_TIMES,
): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: times.request,
    connectionTimeout: times.silence,
    http: { headersTimeout: times.headers, connectionsCheckingInterval: times.check },
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    frameworkErrors: answerUnreadableUrl,
    clientErrorHandler: answerUnreadableRequest,
    // Every request has one, and nobody sorts by it: no draw from the generator for each.
    genReqId: () => randomUUID(),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    // A proto or constructor member in a JSON body is an attack on whoever merges it: refused as malformed.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
  });
}

/** Bodies besides JSON and forms, which Nest parses: JSON:API's type (protocol.md C27), and OpenAPI documents as text. */
export function registerParsers(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const guard = new AdminGuard(
    app.get(Config, { strict: false }),
    app.get(AdminCredentials, { strict: false }),
    app.get(ConsoleSessions, { strict: false }),
  );
  fastify.addHook('onRoute', (route) => {
    admitDocuments(route, guard);
    if (route.method === 'POST' && route.url.endsWith('/connections/import')) route.bodyLimit = IMPORT_LIMIT_BYTES;
    if (route.method === 'POST' && route.url.startsWith('/oauth/')) route.bodyLimit = FORM_LIMIT_BYTES;
  });
  fastify.addHook('onRequest', refuseOtherBodies);
  const readJson = fastify.getDefaultJsonParser('error', 'error');
  const parseJson = parserOf((request, text, done) =>
    readJson(request, text, (error, body) => done(error ?? depthProblem(body), body)),
  );
  app.useBodyParser('application/json', {}, parseJson);
  fastify.addContentTypeParser('application/vnd.api+json', { parseAs: 'buffer' }, parseJson);
  fastify.addContentTypeParser('multipart/form-data', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    readMultipart(request.headers['content-type'] ?? '', body).then((form) => done(null, form), done);
  });
  const parseText = parserOf((_request, body, done) => done(null, body));
  for (const type of ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/plain']) {
    fastify.addContentTypeParser(type, { parseAs: 'buffer' }, parseText);
  }
}

/** Forms belong to `/oauth` and the Connect page, documents to `/admin/apps`: the parsers for them are there for all. */
function refuseOtherBodies(
  { headers, raw }: FastifyRequest,
  _reply: FastifyReply,
  done: (error?: Error) => void,
): void {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type === undefined || isAccepted(type, raw.url ?? '')) done();
  else
    done(
      problem('unsupported_media_type', 'Send the body as application/json.', { source: { header: 'content-type' } }),
    );
}

function isAccepted(type: string, url: string): boolean {
  if (type === 'application/json' || type === 'application/vnd.api+json') return true;
  const surface = surfaceOf(url);
  return surface === 'oauth' || surface === 'pages' || /^\/admin\/apps\/?$/.test(url);
}

const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Where Node keeps the answer that is being written: https://nodejs.org/docs/latest-v20.x/api/http.html#event-clienterror */
const ANSWER = '_httpMessage';
type Answering = Socket & { [ANSWER]?: { headersSent: boolean; writableEnded: boolean } | null };

/** A client that is still sending would lose the answer if its connection were reset at once: a lingering close. */
const LINGER_MILLISECONDS = 1000;

/**
 * What is no HTTP, or too much of it, reaches no route either: nothing is known of it but the socket. That is gone soon after, whatever the client
 * does: who never closes its end would keep it.
 */
function answerUnreadableRequest(error: NodeJS.ErrnoException, socket: Answering): void {
  if (!socket.writable) return;
  const status = UNREADABLE[error.code ?? ''] ?? '400 Bad Request';
  const answer = socket[ANSWER];
  // In the middle of an answer it would be part of that.
  if (answer?.headersSent && !answer.writableEnded) socket.end();
  else socket.end(`HTTP/1.1 ${status}\r\ncache-control: no-store\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  const lingering = setTimeout(() => socket.destroy(), LINGER_MILLISECONDS);
  socket.once('close', () => clearTimeout(lingering));
}

/** A URL that can't be decoded reaches no route, so no filter of ours: it is answered here, in the format of its surface. */
function answerUnreadableUrl(_error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const unreadable = [problem('parse_error', 'The URL could not be read: check its percent-encoding.')] as const;
  const { status, type, body } = problemAnswer(surfaceOf(request.raw.url ?? ''), unreadable);
  void reply.status(status).header('content-type', type).header('cache-control', 'no-store').send(body);
}
