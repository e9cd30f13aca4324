import { inputFieldsOf, isSet, type Outcome } from './action.js';
import { requireConnection } from './action-endpoints.js';
import { requireUser } from './bearer.js';
import type { Exchange, Handler } from './exchange.js';
import { jsonOf, objectIn } from './json-body.js';
import { badRequest, notFound } from './problem.js';
import { ok } from './reply.js';
import { runState } from './run-state.js';

const LONGEST_URL = 2048;
const KEPT_MILLISECONDS = 7 * 24 * 3600 * 1000;
const PRIVATE = /^(localhost|127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|0\.|\[)/;

export const createRun: Handler = (exchange) => {
  const { world, fired } = exchange;
  const { client, user } = requireUser(exchange, 'action:run');
  const asked = readRun(exchange);
  const found = typeof asked.action === 'string' ? world.actionIds.find(asked.action) : undefined;
  if (asked.action === undefined) throw badRequest('An action is required.', { pointer: '/data/action' });
  if (!found) throw notFound();
  const { app, action } = found;
  const connection = requireConnection(exchange, user, app, asked.authentication);
  const inputs = objectIn(asked.inputs ?? {}, '/data/inputs');
  const missing = inputFieldsOf(action.fields(inputs)).find(
    ({ id, is_required: needed }) => needed && !isSet(inputs[id]),
  );
  if (missing) throw badRequest(`${missing.title} is required.`, { pointer: `/data/inputs/${missing.id}` });
  const callbackUrl = callbackIn(exchange, asked.callback_url);
  const outcome = outcomeOf(exchange);
  const created = {
    client,
    user,
    app,
    action,
    connection,
    inputs,
    callbackUrl,
    outcome,
    hasGuideId: fired.arun_ids !== undefined,
  };
  const { id } = world.runs.create(created);
  return ok({ data: { type: 'run', id, ...(fired.echo_input && { input: inputs }) } });
};

export const showRun: Handler = (exchange, { id = '' }) => {
  const { world, fired } = exchange;
  const { user } = requireUser(exchange, 'action:run');
  const run = world.runs.find(id);
  if (!run || run.user !== user || world.now() - run.doneAt > KEPT_MILLISECONDS) throw notFound();
  const isEarly = world.now() - run.createdAt < (run.doneAt - run.createdAt) / 2;
  const guidesName = isEarly ? 'queued' : 'running';
  return ok({ data: runState(run, fired.queued_running ? guidesName : 'waiting') });
};

/** In an envelope or without, as `inputs` or as `input`: both are documented (C33). */
function readRun(exchange: Exchange): Record<string, unknown> {
  const { fired } = exchange;
  const body = jsonOf(exchange);
  if (fired.guide_run_body) {
    if (body.data !== undefined || body.input === undefined) throw badRequest('Malformed request.');
    return { ...body, inputs: body.input };
  }
  const data = objectIn(fired.strict_run_body ? body.data : (body.data ?? body), '/data');
  if (fired.strict_run_body && !['action', 'authentication', 'inputs'].every((name) => name in data)) {
    throw badRequest('Malformed request.', { pointer: '/data' });
  }
  return { ...data, inputs: data.inputs ?? data.input };
}

function outcomeOf({ fired: { run_fails: fails } }: Exchange): Outcome | null {
  if (!fails) return null;
  const { code, delay } = fails;
  return { error: code, detail: `The run failed with ${code}.`, ...(delay !== undefined && { delay }) };
}

function callbackIn({ world }: Exchange, url: unknown): string | null {
  if (url === undefined || url === null) return null;
  const source = { pointer: '/data/callback_url' };
  if (typeof url !== 'string' || url.length > LONGEST_URL || !URL.canParse(url)) {
    throw badRequest('callback_url is not an address.', source);
  }
  const { protocol, hostname } = new URL(url);
  const isPublic = protocol === 'https:' && !PRIVATE.test(hostname);
  if (!isPublic && !world.settings.localCallbacks) throw badRequest('callback_url must be public, by HTTPS.', source);
  return url;
}
