import { join } from 'node:path';
import formbody from '@fastify/formbody';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { SystemClock, type Clock } from '#libs/scheduling';
import { listen } from '../listen.js';
import { apiRoutes, type Made } from './api.js';
import { createAuthorizationServer, type CrmClient } from './authorization-server.js';
import { contactRows, contactsPage } from './contacts-page.js';
import { Contacts } from './contacts.js';
import { CrmError } from './crm-error.js';
import { Exports } from './exports.js';
import { loadKeys } from './keys.js';
import { icon } from './layout.js';
import { openapiDocument } from './openapi.js';
import { showSigninError, signinRoutes } from './signin.js';
import { FileStore } from './store.js';

export interface CrmOptions {
  /** 0 takes a free one. */
  port: number;
  host: string;
  /** Null: what it remembers ends with it, and costs no disk. */
  dataDir: string | null;
  clients: readonly CrmClient[];
  /** Default 120. */
  accessTokenSeconds?: number;
  /** How long a refresh token that was used is taken once more; default 0. */
  refreshGraceSeconds?: number;
  /** How long an export takes; default 5. */
  exportSeconds?: number;
  /** Told of each contact and export that is made: of contacts it keeps the newest alone. */
  onMade?: (made: Made) => void;
  clock?: Clock;
}

export interface Crm {
  url: string;
  close(): Promise<void>;
}

/** Acme CRM: a third party that knows nothing of Gatehouse. Development only. */
export async function startCrm(options: CrmOptions): Promise<Crm> {
  const { accessTokenSeconds = 120, refreshGraceSeconds = 0, exportSeconds = 5, clients } = options;
  const { clock = new SystemClock(), onMade = () => undefined } = options;
  const listener = await listen({ name: 'Acme CRM', host: options.host, port: options.port });
  const origin = `http://localhost:${listener.port}`;
  const store = new FileStore(options.dataDir === null ? null : join(options.dataDir, 'crm.json'), clock);
  const keys = await loadKeys(store);
  const provider = createAuthorizationServer({ origin, clients, accessTokenSeconds, refreshGraceSeconds, keys, store });
  const contacts = new Contacts(store, clock);
  const oauth = provider.callback();
  const app = fastify({
    serverFactory: (handle) => {
      listener.serve((request, response) => {
        if (/^\/(oauth|\.well-known)\//.test(request.url ?? '')) void oauth(request, response);
        else handle(request, response);
      });
      return listener.server;
    },
  });
  await app.register(formbody);
  answerErrors(app);
  signinRoutes(app, provider);
  const exports = new Exports(store, contacts, clock, exportSeconds);
  apiRoutes(app, { origin, provider, contacts, exports, onMade });
  pageRoutes(app, contacts, origin);
  await app.ready();
  return { url: origin, close: () => listener.close() };
}

function pageRoutes(app: FastifyInstance, contacts: Contacts, origin: string): void {
  const page = async (_request: unknown, reply: FastifyReply) =>
    reply.type('text/html; charset=utf-8').send(contactsPage(contacts.find()));
  app.get('/', page);
  app.get('/contacts', page);
  app.get('/contacts/rows', async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(contactRows(contacts.find())),
  );
  app.get('/icon.svg', async (_request, reply) => reply.type('image/svg+xml').send(icon));
  app.get('/openapi.json', async () => openapiDocument(origin));
}

function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (request.url.startsWith('/signin/')) return showSigninError(error, reply);
    if (error instanceof CrmError) return reply.code(error.status).send({ message: error.message });
    const status = error.statusCode ?? 500;
    return reply.code(status).send({ message: status < 500 ? error.message : 'Something went wrong in Acme CRM.' });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'There is nothing here.' }));
}
