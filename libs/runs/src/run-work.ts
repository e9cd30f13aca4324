import {
  readPoll,
  type AppRequest,
  type OperationDefinition,
  type PollDefinition,
  type TenantAppView,
} from '#libs/catalog';
import type { Connection, Credentials } from '#libs/connections';
import type { Secret } from '#libs/crypto';
import type { Asked } from './classify.js';
import type { ClaimedRun } from './claimed-run.js';

/** All that a step needs. */
export interface RunWork extends ClaimedRun {
  app: TenantAppView;
  operation: OperationDefinition;
  poll: PollDefinition | null;
  credentials: Secret<Credentials>;
  connection: Connection | null;
}

export const SAFE_TYPES = new Set(['READ', 'READ_BULK', 'SEARCH']);

/** RFC 9110 §9.2.1: safe methods have no effect that could happen twice. A document may say the same of a search that is a POST, or the contrary of a GET. */
export function isSafe({ definition }: TenantAppView, { key, method }: OperationDefinition): boolean {
  const type = definition.actions.find((action) => action.key === key)?.type;
  return type === undefined ? method === 'GET' : SAFE_TYPES.has(type);
}

export function mayRepeat(app: TenantAppView, operation: OperationDefinition): boolean {
  return isSafe(app, operation) || operation.idempotencyHeader !== undefined;
}

export function pollOf({ poll }: OperationDefinition): PollDefinition | null {
  return poll ? readPoll(poll) : null;
}

/** What the answer to a request of this step is judged by. */
export function asked({ app, operation, poll, job }: RunWork, now: Date): Asked {
  return {
    appTitle: app.definition.title,
    isSafe: isSafe(app, operation),
    mayRepeat: mayRepeat(app, operation),
    isRepeated: job.sentAt !== null,
    poll,
    now,
  };
}

/** Where to see what became of it. Sealed: the URL may hold a secret. */
export type PollPlace = Pick<AppRequest, 'url' | 'headers'>;
