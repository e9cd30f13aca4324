import { type Action, type Inputs, inputFieldsOf } from './action.js';
import { requireApp } from './app-endpoints.js';
import { requireUser, requireUserOrClient } from './bearer.js';
import type { App } from './catalog.js';
import type { Exchange, Handler, Parts } from './exchange.js';
import { dataOf, objectIn } from './json-body.js';
import { linkTo, numberIn, pageOf, wholeOf } from './paging.js';
import type { Connection, User } from './people.js';
import { ApiError, badRequest, notFound } from './problem.js';
import { ok } from './reply.js';

const TYPES = ['READ', 'READ_BULK', 'WRITE', 'SEARCH', 'SEARCH_OR_WRITE', 'SEARCH_AND_WRITE'];
const CHOICES_A_PAGE = 20;

export const listActions: Handler = (exchange) => {
  const user = requireUserOrClient(exchange, 'zap');
  const { world, query } = exchange;
  const app = requireApp(query.get('app'), { parameter: 'app' });
  const type = query.get('action_type');
  if (type !== null && !TYPES.includes(type)) throw badRequest('There is no such type.', { parameter: 'action_type' });
  const found = app.actions.filter((action) => type === null || action.type === type);
  // The second page of a list does not end the ids on its first.
  const ends = world.settings.actionIdsLive === 'until_next_lookup' && (query.get('offset') ?? '0') === '0';
  const ids = world.actionIds.list(user?.id ?? `client ${exchange.client}`, app, found, ends);
  const listed = found.map((action, at) => ({ action, id: ids[at] ?? '' }));
  return ok(
    pageOf(exchange, listed, ({ action: { key, type: actionType, isInstant, title, description }, id }) => ({
      id,
      key,
      type: 'action',
      app: app.id,
      action_type: actionType,
      is_instant: isInstant,
      title,
      description,
    })),
  );
};

export const listInputs: Handler = (exchange, parts) => {
  const { action, inputs } = asked(exchange, parts, 'zap:write');
  return ok(wholeOf(action.fields(inputs)));
};

export const listChoices: Handler = (exchange, parts) => {
  const { action, inputs } = asked(exchange, parts, 'zap');
  const field = inputFieldsOf(action.fields(inputs)).find(({ id }) => id === parts.input_id);
  if (!field) throw notFound();
  const page = numberIn(exchange.query, 'page', 1, 1);
  const choices = action.choices(field.id, inputs);
  const [start, end] = [(page - 1) * CHOICES_A_PAGE, page * CHOICES_A_PAGE];
  const link = (to: number) => linkTo(exchange, { page: String(to) });
  const links = { next: end < choices.length ? link(page + 1) : null, prev: page > 1 ? link(page - 1) : null };
  return ok({ data: choices.slice(start, end), links, meta: { page } });
};

export const listOutputs: Handler = (exchange, parts) => {
  const { action, data } = asked(exchange, parts, 'zap:write');
  if (![undefined, true, false].includes(data.fetch_live_samples as boolean | undefined)) {
    throw badRequest('fetch_live_samples is true or false.', { pointer: '/data/fetch_live_samples' });
  }
  return ok(wholeOf(action.outputs));
};

/** It reaches the third party: a write has its effect (protocol.md §7.9). */
export const testAction: Handler = (exchange, parts) => {
  const { world } = exchange;
  const { app, action, inputs, data, user, connection } = asked(exchange, parts, 'zap:write');
  const outcome = world.runs.execute(user, app, action, connection, inputs);
  if ('error' in outcome) throw new ApiError(400, 'test_failed', outcome.detail, { meta: { source: 'PARTNER' } });
  const [limit, offset] = [Number(data.limit ?? 10), Number(data.offset ?? 0)];
  return ok(wholeOf(outcome.results.slice(offset, offset + limit)));
};

interface Asked {
  app: App;
  action: Action;
  connection: Connection | null;
  inputs: Inputs;
  user: User;
  data: Record<string, unknown>;
}

function asked(exchange: Exchange, { action_id: id = '' }: Parts, scope: string): Asked {
  const { user } = requireUser(exchange, scope);
  const found = exchange.world.actionIds.find(id);
  if (!found) throw notFound();
  const data = dataOf(exchange);
  const inputs = objectIn(data.inputs ?? {}, '/data/inputs');
  return {
    ...found,
    user,
    data,
    inputs,
    connection: requireConnection(exchange, user, found.app, data.authentication),
  };
}

/** @throws ApiError 404 for one that is not the user's, 400 for one of another app */
export function requireConnection({ world }: Exchange, user: User, app: App, id: unknown): Connection | null {
  if (id === null || id === undefined) return null;
  const source = { pointer: '/data/authentication' };
  if (typeof id !== 'string' && typeof id !== 'number') throw badRequest('authentication is an id, or null.', source);
  const connection = world.people.connection(user, String(id));
  if (!connection) throw notFound();
  if (connection.app !== app) throw badRequest('The connection is of another app.', source);
  return connection;
}
