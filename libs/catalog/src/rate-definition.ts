import { ExtensionError } from './document-error.js';
import { optionalObject, optionalOneOf } from './extension.js';
import { ownMember } from './json.js';
import type { JsonObject } from './json.js';

const MAX_REQUESTS = 1_000_000;
const MAX_SECONDS = 86_400;
const PLACE = '/x-gatehouse/rate';

/** `x-gatehouse.rate` of a document: in no window of `perSeconds` does the app answer more than `requests`. */
export interface RateDefinition {
  readonly requests: number;
  readonly perSeconds: number;
  /** Whose calls it counts together: those of one connected account, or all with the tenant's client. */
  readonly per: 'account' | 'client';
}

/** @param extended the document's `x-gatehouse` @throws ExtensionError */
export function readRate(extended: JsonObject): RateDefinition | undefined {
  const rate = optionalObject(extended, 'rate', '');
  if (!rate) return undefined;
  return {
    requests: whole(rate, 'requests', MAX_REQUESTS),
    perSeconds: whole(rate, 'per_seconds', MAX_SECONDS),
    per: optionalOneOf(rate, 'per', ['account', 'client'], PLACE) ?? 'account',
  };
}

function whole(rate: JsonObject, name: string, max: number): number {
  const value = ownMember(rate, name);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new ExtensionError(`"rate" needs "${name}", a whole number, 1 to ${max}.`, PLACE);
}
