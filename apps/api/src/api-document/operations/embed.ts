import { connectionSharings, connectionStatuses } from '#libs/connections';
import { textOf, onward, type DeclaredOperations } from '../declared-operation.js';
import {
  anything,
  either,
  flag,
  list,
  map,
  named,
  object,
  oneOf,
  orNull,
  real,
  text,
  time,
  uuid,
  whole,
} from '../schema.js';
import { UpdateAuthenticationDto } from '../../embed/authentication.dto.js';
import { CreateRunDto } from '../../embed/action-run.dto.js';
import { one, page, paging } from './paging.js';

const action = named(
  'Action',
  object({
    id: text,
    key: text,
    type: oneOf('action'),
    app: uuid,
    action_type: text,
    is_instant: flag,
    title: text,
    description: text,
    source: text,
  }),
);
const inputField = named(
  'InputField',
  object(
    {
      type: oneOf('input_field'),
      id: text,
      title: text,
      description: text,
      default_value: text,
      placeholder: text,
      is_required: flag,
      value_type: text,
      depends_on: list(text),
      invalidates_input_fields: flag,
    },
    { format: text, items: object({ type: text }) },
  ),
);
const infoField = named('InfoField', object({ type: oneOf('info_field'), id: text, description: text }));
const fieldset = named(
  'Fieldset',
  object({ type: oneOf('fieldset'), id: text, title: text, fields: list(either(inputField, infoField)) }),
);
const choice = named('Choice', object({ id: text, type: oneOf('choice'), label: text, value: text }));
const outputField = named(
  'OutputField',
  object({ type: oneOf('output_field'), id: text, title: text }, { sample: text }),
);

const authentication = named(
  'Authentication',
  object({
    type: oneOf('authentication'),
    id: uuid,
    app: uuid,
    is_expired: flag,
    title: text,
    status: oneOf(...connectionStatuses),
    status_reason: orNull(text),
    status_since: time,
    account: orNull(object({ id: orNull(text), title: orNull(text) })),
    is_owner: flag,
    is_default: flag,
    sharing: oneOf(...connectionSharings),
    created_at: time,
    expires_at: orNull(time),
    last_refreshed_at: orNull(time),
    metadata: map(anything),
    source: orNull(text),
  }),
);

const states = ['queued', 'running', 'polling', 'succeeded', 'failed', 'cancelled', 'outcome_unknown'] as const;
const runMembers = {
  type: oneOf('run'),
  id: uuid,
  status: oneOf('waiting', 'success', 'error'),
  state: oneOf(...states),
  source: text,
  created_at: time,
  started_at: orNull(time),
  finished_at: orNull(time),
};
const runError = object(
  {
    code: oneOf('user', 'authentication', 'partner', 'system', 'throttled'),
    title: text,
    detail: text,
    meta: { type: 'null' },
  },
  { delay: real },
);
const run = named(
  'Run',
  object({ ...runMembers, results: list(anything), errors: list(runError) }, { upstream_may_continue: flag }),
);

const id = '/v2/actions/{id}';

export const embedOperations: DeclaredOperations = {
  'GET /v2/actions': {
    summary: 'What an app can do',
    needs: { app: text },
    query: { ...paging, action_type: text },
    replies: { 200: page(action) },
    errors: [404],
  },
  [`POST ${id}/inputs`]: { summary: 'What it takes', replies: { 200: page(either(inputField, infoField, fieldset)) } },
  [`POST ${id}/inputs/{input}/choices`]: {
    summary: 'What can be chosen for an input',
    query: { page: { type: 'integer', minimum: 1, maximum: 10_000 }, search: { type: 'string', maxLength: 200 } },
    replies: {
      200: object({
        data: list(choice),
        links: object({ next: orNull(text), prev: orNull(text) }),
        meta: object({ page: whole }, { search: text }),
      }),
    },
  },
  [`POST ${id}/outputs`]: { summary: 'What it gives', replies: { 200: page(outputField) } },
  [`POST ${id}/test`]: { summary: 'Do it for real, and see the result', replies: { 200: page(anything) } },

  'GET /v2/authentications': {
    summary: "The user's accounts in an app",
    needs: { app: text },
    query: { ...paging, include_shared: flag },
    replies: { 200: page(authentication) },
    errors: [404],
  },
  'POST /v2/authentications': {
    summary: 'Connect an app that takes a key, a password or a token',
    query: { limit: paging.limit },
    replies: { 201: page(authentication) },
    errors: [404],
  },
  'GET /v2/authentications/{id}': { summary: 'One account', replies: { 200: one(authentication) } },
  'PATCH /v2/authentications/{id}': {
    summary: 'Change its title, metadata, sharing, or whether it is used',
    body: UpdateAuthenticationDto,
    replies: { 200: one(authentication) },
    errors: [409],
  },
  'DELETE /v2/authentications/{id}': {
    summary: 'Disconnect it. meta.revocation says how telling the app went',
    replies: {
      200: object({
        data: object({ type: oneOf('authentication'), id: text, deleted: oneOf(true) }),
        meta: object({ revocation: oneOf('revoked', 'failed', 'unsupported', 'pending') }),
      }),
    },
  },

  'POST /v2/action-runs': {
    summary: 'Run an action. It goes on after this answer',
    body: CreateRunDto,
    replies: { 200: one(object({ type: oneOf('run'), id: uuid })) },
    errors: [404],
  },
  'GET /v2/action-runs': {
    summary: "The user's runs, newest first, without their results",
    query: { ...paging, status: oneOf('waiting', 'success', 'error', ...states), app: text, authentication: text },
    replies: { 200: page(object(runMembers)) },
  },
  'GET /v2/action-runs/{id}': {
    summary: 'One run. With wait, as soon as it ends, or after so many seconds',
    query: { wait: { type: 'integer', minimum: 0, maximum: 30 } },
    replies: { 200: one(run) },
  },
  'GET /v2/action-runs/{id}/events': {
    summary: 'Its changes as server-sent events, until its end',
    headers: { 'Last-Event-ID': text },
    replies: {
      200: textOf('text/event-stream', "Events named after the run's state, with the run as their data."),
      204: onward('The end is known already.'),
    },
  },
  'POST /v2/action-runs/{id}/cancel': { summary: 'Call it off', replies: { 200: one(run) } },
};
