import { DocumentError } from './document-error.js';
import { optionalObject } from './extension.js';
import { isJsonObject, ownMember } from './json.js';
import type { JsonObject } from './json.js';

const ROTATIONS = ['grace', 'strict', 'non_rotating'] as const;
const MEANINGS = ['retry', 'reconnect', 'client'] as const;
const MAX_KEEP_ALIVE_SECONDS = 90 * 86_400;
const PLACE = '/x-gatehouse/refresh';

/**
 * What an app does with a refresh token that was used. `grace`: takes it again for half a minute or more, so that a lost answer can be asked
 * for again · `strict`: takes it once, and ends the authorization when it sees it again · `non_rotating`: it stays as it is.
 */
export type RefreshRotation = (typeof ROTATIONS)[number];

/** What an error of the token endpoint means: `retry` later · only the user can mend it (`reconnect`) · the OAuth `client` is wrong. */
export type RefreshErrorMeaning = (typeof MEANINGS)[number];

/** `x-gatehouse.refresh` (contract §6): where the app's token endpoint is not as RFC 6749 has it. Every member may be absent. */
export interface RefreshDefinition {
  readonly rotation?: RefreshRotation;
  /** `keep_alive`: the longest that a connection may go without a refresh, seconds. */
  readonly keepAliveSeconds?: number;
  /** By the `error` member of its answer. */
  readonly errors?: Readonly<Record<string, RefreshErrorMeaning>>;
}

/** @param extended the document's `x-gatehouse` @throws DocumentError */
export function readRefresh(extended: JsonObject): RefreshDefinition | undefined {
  const refresh = optionalObject(extended, 'refresh', '');
  if (!refresh) return undefined;
  const rotation = oneOf(refresh, 'rotation', ROTATIONS, PLACE);
  const keepAliveSeconds = keepAlive(ownMember(refresh, 'keep_alive'));
  const errors = ownMember(refresh, 'errors');
  if (errors !== undefined && !isJsonObject(errors)) throw new DocumentError('"errors" must be an object.', PLACE);
  return {
    ...(rotation && { rotation }),
    ...(keepAliveSeconds !== undefined && { keepAliveSeconds }),
    ...(errors && { errors: meanings(errors) }),
  };
}

function keepAlive(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 60 && value <= MAX_KEEP_ALIVE_SECONDS)
    return value;
  throw new DocumentError(`"keep_alive" must be a number of seconds, 60 to ${MAX_KEEP_ALIVE_SECONDS}.`, PLACE);
}

function oneOf<T extends string>(
  object: JsonObject,
  name: string,
  permitted: readonly T[],
  place: string,
): T | undefined {
  const value = ownMember(object, name);
  const found = permitted.find((candidate) => candidate === value);
  if (value === undefined || found !== undefined) return found;
  throw new DocumentError(`"${name}" must be one of ${permitted.join(', ')}.`, place);
}

function meanings(errors: JsonObject): Record<string, RefreshErrorMeaning> {
  const read = Object.keys(errors).map((code) => {
    const meaning = oneOf(errors, code, MEANINGS, `${PLACE}/errors`);
    return [code, meaning ?? 'retry'] as const;
  });
  return Object.fromEntries(read);
}
