import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GatehouseError, member, textMember } from '../gatehouse-error.js';
import type { Gatehouse } from './gatehouse.js';
import { people, type Person } from './people.js';
import { personOf, sessionCookie } from './session.js';

interface Call {
  Params: { id: string; input: string };
  Body: unknown;
}

type Handle = (person: Person, request: FastifyRequest<Call>) => Promise<unknown>;

const id = encodeURIComponent;

/** What the page may ask of our backend: the embed API for the person who is signed in, with the token left out. */
export function apiRoutes(app: FastifyInstance, gatehouse: Gatehouse, crmUrl: string): void {
  const get = (path: string, handle: Handle) => app.get<Call>(path, (request) => handle(personOf(request), request));
  const post = (path: string, handle: Handle) => app.post<Call>(path, (request) => handle(personOf(request), request));

  get('/api/session', async (person) => ({ person, people, gatehouseUrl: gatehouse.url, crmUrl }));
  app.post<Call>('/api/session', async ({ body }, reply) =>
    reply.header('set-cookie', sessionCookie(textMember(body, 'person') ?? '')).send({ ok: true }),
  );

  get('/api/apps', (person) => gatehouse.call(person, '/v2/apps?limit=100'));
  get('/api/apps/:id/connections', (person, { params }) =>
    gatehouse.call(person, `/v2/authentications?limit=100&app=${id(params.id)}`),
  );
  get('/api/apps/:id/actions', (person, { params }) =>
    gatehouse.call(person, `/v2/actions?limit=100&app=${id(params.id)}`),
  );
  post('/api/apps/:id/session-code', (person, { params }) => gatehouse.sessionCode(person, params.id));
  post('/api/browser-token', (person) => gatehouse.browserToken(person));
  app.delete<Call>('/api/connections/:id', async (request, reply) => {
    const path = `/v2/authentications/${id(request.params.id)}`;
    await gatehouse.call(personOf(request), path, { method: 'DELETE' });
    return reply.code(204).send();
  });

  post('/api/actions/:id/inputs', (person, { params, body }) =>
    gatehouse.call(person, `/v2/actions/${id(params.id)}/inputs`, { json: { data: choicesOf(body) } }),
  );
  post('/api/actions/:id/inputs/:input/choices', (person, { params, body }) =>
    allChoices(gatehouse, person, `/v2/actions/${id(params.id)}/inputs/${id(params.input)}/choices`, choicesOf(body)),
  );
  post('/api/runs', (person, { body }) => {
    const json = { data: { action: textMember(body, 'action'), ...choicesOf(body) } };
    return gatehouse.call(person, '/v2/action-runs', { json, idempotencyKey: randomUUID() });
  });
  get('/api/runs/:id', (person, { params }) => gatehouse.call(person, `/v2/action-runs/${id(params.id)}`));
}

/** What is chosen so far: the connection and the fields that are filled in. */
function choicesOf(body: unknown): { authentication: string | null; inputs: object } {
  const inputs = member(body, 'inputs');
  return {
    authentication: textMember(body, 'connection') ?? null,
    inputs: typeof inputs === 'object' && inputs !== null ? inputs : {},
  };
}

const mostPages = 10;

async function allChoices(
  gatehouse: Gatehouse,
  person: Person,
  path: string,
  data: object,
): Promise<{ data: unknown[] }> {
  const choices: unknown[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const answer = await gatehouse.call(person, `${path}?page=${page}`, { json: { data } });
    const list = member(answer, 'data');
    if (!Array.isArray(list)) throw new GatehouseError(502, 'Gatehouse answered without choices.');
    choices.push(...list);
    if (!member(member(answer, 'links'), 'next')) break;
  }
  return { data: choices };
}
