import type { ServerResponse } from 'node:http';
import type { ReceivedRequest } from '#libs/testing';

const PROJECTS = ['Alpha', 'Beta', 'Gamma', 'Delta', 'Epsilon'];
const PEOPLE = ['Ada', 'Bob', 'Cleo', 'Dane', 'Eve', 'Finn'];
const PAGE = 2;
export const TICKET = {
  id: 7,
  title: 'Printer on fire',
  author: { name: 'Ada', email: 'ada@desk.test' },
  tags: [{ name: 'hot', color: 'red' }],
  watchers: ['Bob'],
};

const text = { type: 'string' };
const parameter = (name: string, more: object = {}) => ({ name, in: 'query', schema: text, ...more });
const answers = (schema: object, more: object = {}) => ({
  200: { description: 'Done', content: { 'application/json': { schema, ...more } } },
});
const list = (operationId: string, parameters: object[], hidden = true) => ({
  get: { operationId, parameters, 'x-gatehouse': { hidden }, responses: answers({}) },
});

const ticket = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    title: { ...text, example: 'A title' },
    author: { type: 'object', properties: { name: text, email: text } },
    tags: { type: 'array', items: { type: 'object', properties: { name: text, color: text } } },
    watchers: { type: 'array', items: text },
    parent: { $ref: '#/components/schemas/Ticket' },
  },
};

const choices = {
  project: { operationId: 'listProjects', label: 'name', page: { input: 'page' }, constants: { per_page: '2' } },
  board: { operationId: 'listBoards', items: 'boards', label: 'name', inputs: { project_id: 'project' } },
  assignee: {
    operationId: 'listPeople',
    items: 'people',
    label: 'name',
    search: 'query',
    page: { input: 'cursor', next: 'paging.next' },
  },
  label: { operationId: 'listLabels', value: 'name' },
};

/** A tracker whose lists are found in each of the usual ways. */
export function deskDocument(key: string, origin: string): object {
  const property = (name: keyof typeof choices) => ({ ...text, 'x-gatehouse': { choices: choices[name] } });
  const properties = {
    title: text,
    project: property('project'),
    board: property('board'),
    assignee: property('assignee'),
    label: property('label'),
    urgency: { ...text, enum: ['low', 'high'] },
  };
  const body = { required: true, content: { 'application/json': { schema: { required: ['title'], properties } } } };
  return {
    openapi: '3.1.0',
    info: { title: 'Desk', version: '1', 'x-gatehouse': { key } },
    servers: [{ url: origin }],
    security: [{ account: [] }],
    components: {
      securitySchemes: { account: { type: 'apiKey', in: 'header', name: 'X-Key' } },
      schemas: { Ticket: ticket },
    },
    paths: {
      '/projects': list('listProjects', [parameter('page'), parameter('per_page')]),
      '/projects/{project_id}/boards': list('listBoards', [parameter('project_id', { in: 'path', required: true })]),
      '/people': list('listPeople', [parameter('cursor'), parameter('query')]),
      '/labels': list('listLabels', []),
      '/tickets': {
        get: {
          operationId: 'listTickets',
          parameters: [parameter('state', { required: true })],
          responses: answers({ type: 'array', items: { $ref: '#/components/schemas/Ticket' } }),
        },
        post: {
          operationId: 'createTicket',
          requestBody: body,
          responses: answers(
            { $ref: '#/components/schemas/Ticket' },
            { example: { id: 12, author: { name: 'Grace' } } },
          ),
        },
      },
    },
  };
}

/** The server of that document. The key says whose account it is. */
export function answerAsDesk({ method, url, headers }: ReceivedRequest, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://desk.test');
  const send = (status: number, body: unknown, more = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...more }).end(JSON.stringify(body));
  const [, board] = /^\/projects\/([^/]+)\/boards$/.exec(pathname) ?? [];
  if (pathname === '/projects') return sendProjects(Number(searchParams.get('page')), send);
  if (board !== undefined) return void send(200, { boards: [{ id: `${board}-1`, name: `Board of ${board}` }] });
  if (pathname === '/people') return sendPeople(searchParams, send);
  if (pathname === '/labels') return void send(200, [{ name: 'Bug' }, { name: 'Wish' }, { name: headers['x-key'] }]);
  if (pathname === '/tickets' && method === 'POST') return void send(201, TICKET);
  if (pathname === '/tickets') return void send(200, [TICKET, { ...TICKET, id: 8 }, { ...TICKET, id: 9 }]);
  return void send(404, { message: 'No such thing' });
}

type Send = (status: number, body: unknown, headers?: Record<string, string>) => unknown;

/** Pages by number, and a Link header that says whether there is another. */
function sendProjects(page: number, send: Send): void {
  const from = (page - 1) * PAGE;
  const items = PROJECTS.slice(from, from + PAGE).map((name, index) => ({ id: from + index + 1, name }));
  const more = from + PAGE < PROJECTS.length;
  send(200, items, {
    link: `</projects?page=1>; rel="first"${more ? `, </projects?page=${page + 1}>; rel="next"` : ''}`,
  });
}

/** Pages by a cursor that only the page before names, and a search of its own. */
function sendPeople(query: URLSearchParams, send: Send): void {
  const from = Number(query.get('cursor')?.slice(1) ?? 0);
  const found = PEOPLE.filter((name) => name.toLowerCase().includes((query.get('query') ?? '').toLowerCase()));
  const people = found.slice(from, from + PAGE).map((name) => ({ id: name.toLowerCase(), name }));
  const next = from + PAGE < found.length ? `c${from + PAGE}` : '';
  send(200, { people, paging: { next } });
}
