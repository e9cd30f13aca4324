import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Provider } from 'oidc-provider';
import { authenticate, type Caller } from './bearer.js';
import { readContact, readFields } from './contact.js';
import type { Contacts } from './contacts.js';
import { CrmError } from './crm-error.js';
import { asFile, type Exports } from './exports.js';
import { crmLists } from './lists.js';

interface Api {
  Params: { id: string };
}

/** What a call has left behind. Who calls twice leaves two. */
export type Made = { kind: 'contact'; email: string } | { kind: 'export'; id: string };

interface Services {
  origin: string;
  provider: Provider;
  contacts: Contacts;
  exports: Exports;
  onMade: (made: Made) => void;
}

export function apiRoutes(app: FastifyInstance, { origin, provider, contacts, exports, onMade }: Services): void {
  const guarded =
    (
      scope: string | undefined,
      handle: (caller: Caller, request: FastifyRequest<Api>, reply: FastifyReply) => unknown,
    ) =>
    async (request: FastifyRequest<Api>, reply: FastifyReply) => {
      const caller = await authenticate(provider, request.headers, reply, scope);
      return caller ? handle(caller, request, reply) : reply;
    };

  app.get<Api>(
    '/api/me',
    guarded(undefined, ({ user }) => ({ id: user.id, email: user.email, name: user.name })),
  );

  app.get<Api>(
    '/api/lists',
    guarded('contacts:read', () => ({ lists: crmLists })),
  );

  app.get<Api>(
    '/api/contacts',
    guarded('contacts:read', (_caller, request) => {
      const { query, limit = '25' } = readFields(request.query);
      return { contacts: contacts.find(typeof query === 'string' ? { query } : {}).slice(0, readLimit(limit)) };
    }),
  );

  app.post<Api>(
    '/api/contacts',
    guarded('contacts:write', ({ user, client }, request, reply) => {
      const contact = contacts.add(readContact(request.body), { by: user.name, with: client });
      onMade({ kind: 'contact', email: contact.email });
      return reply.code(201).send(contact);
    }),
  );

  app.post<Api>(
    '/api/exports',
    guarded('exports:write', (_caller, request, reply) => {
      const { id } = exports.start(request.body);
      onMade({ kind: 'export', id });
      return reply
        .code(202)
        .headers({ location: `/api/exports/${id}`, 'retry-after': '1' })
        .send({ id, status: 'working' });
    }),
  );

  app.get<Api>(
    '/api/exports/:id',
    guarded('exports:write', (_caller, request, reply) => {
      const { id, done, rows, format } = exports.get(request.params.id);
      if (!done) return reply.code(202).header('retry-after', '1').send({ id, status: 'working' });
      return { id, status: 'done', rows: rows.length, format, download_url: `${origin}/exports/${id}` };
    }),
  );

  // The id in the link is the permission: 128 random bits, for a day.
  app.get<Api>('/exports/:id', async (request, reply) => {
    const { done, rows, format } = exports.get(request.params.id);
    if (!done) throw new CrmError(404, 'This export is not ready yet.');
    return reply
      .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json')
      .header('content-disposition', `attachment; filename="contacts.${format}"`)
      .send(asFile(format, rows));
  });
}

function readLimit(value: unknown): number {
  const limit = Number(value);
  if (!Number.isInteger(limit) || limit < 1) throw new CrmError(400, 'limit must be a whole number above 0.');
  return Math.min(limit, 100);
}
