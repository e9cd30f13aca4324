import { requireApp } from './app-endpoints.js';
import { requireUser } from './bearer.js';
import type { Handler } from './exchange.js';
import { dataOf, objectIn } from './json-body.js';
import { pageOf, wholeOf } from './paging.js';
import type { Connection } from './people.js';
import { badRequest } from './problem.js';
import { ok } from './reply.js';

const LONGEST_TITLE = 255;

export const listAuthentications: Handler = (exchange) => {
  const { user } = requireUser(exchange, 'connection:read');
  const app = requireApp(exchange.query.get('app'), { parameter: 'app' });
  const found = exchange.world.people.connections().filter((one) => one.user === user && one.app === app);
  return ok(pageOf(exchange, found, writeConnection));
};

/** For apps that connect with fields; what is in the fields never leaves again. */
export const createAuthentication: Handler = (exchange) => {
  const { user } = requireUser(exchange, 'connection:write');
  const { title, app: name, authentication_fields: fields } = dataOf(exchange);
  if (typeof title !== 'string' || title === '' || title.length > LONGEST_TITLE) {
    throw badRequest(`A title has 1 to ${LONGEST_TITLE} characters.`, { pointer: '/data/title' });
  }
  const app = requireApp(name, { pointer: '/data/app' });
  objectIn(fields, '/data/authentication_fields');
  if (!app.hasFields) throw badRequest('This app does not connect with fields.', { pointer: '/data/app' });
  const connection = exchange.world.people.connect(user, app, title);
  return { status: 201, body: wholeOf([writeConnection(connection)], 1) };
};

function writeConnection({ id, app, isExpired, title }: Connection): object {
  return { type: 'authentication', id, app: app.id, is_expired: isExpired, title };
}
