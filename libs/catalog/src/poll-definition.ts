import { ExtensionError } from './document-error.js';
import { optionalObject, optionalText } from './extension.js';
import { isJsonObject, ownMember } from './json.js';
import type { JsonObject } from './json.js';
import { select } from './select.js';

const MAX_TIMEOUT_SECONDS = 86_400;
const MAX_INTERVAL_SECONDS = 3600;

/** Says something of the value at `path`, as `select` reads it: that it is one of these, or that it is there at all. */
interface PollCondition {
  readonly path: string;
  /** Null: anything but null and false. */
  readonly in: readonly unknown[] | null;
}

/** `x-gatehouse.poll` (contract §6): how to see what became of an action that its app finishes later. Every member may be absent. */
export interface PollDefinition {
  /** Key of the operation that looks. Null: the app names the place, in `Location`. */
  readonly operationId: string | null;
  /** By input of that operation: where its value is, in the action's answer or among the action's own inputs. */
  readonly parameters: Readonly<Record<string, { readonly answer: string } | { readonly input: string }>>;
  /** Met by the answer of an action that is done. Null: any answer but 202. */
  readonly until: PollCondition | null;
  /** Met by the answer of an action that came to nothing. */
  readonly fails: PollCondition | null;
  readonly intervalSeconds: number | null;
  /** From the run's creation. */
  readonly timeoutSeconds: number | null;
}

/** @param poll as an operation's `poll` has it @throws ExtensionError */
export function readPoll(poll: JsonObject, pointer = ''): PollDefinition {
  const place = `${pointer}/x-gatehouse/poll`;
  return {
    operationId: optionalText(poll, 'operationId', place) ?? null,
    parameters: parameters(optionalObject(poll, 'parameters', place) ?? {}, place),
    until: condition(poll, 'until', place),
    fails: condition(poll, 'fails', place),
    intervalSeconds: seconds(poll, 'interval_seconds', MAX_INTERVAL_SECONDS, place),
    timeoutSeconds: seconds(poll, 'timeout_seconds', MAX_TIMEOUT_SECONDS, place),
  };
}

export function meets(answer: unknown, { path, in: values }: PollCondition): boolean {
  const value = select(answer, path);
  if (values === null) return value !== undefined && value !== null && value !== false;
  return values.includes(value);
}

function parameters(written: JsonObject, place: string): PollDefinition['parameters'] {
  const read = Object.entries(written).map(([id, from]) => {
    if (typeof from === 'string') return [id, { answer: from }] as const;
    const input = isJsonObject(from) ? ownMember(from, 'input') : undefined;
    if (typeof input === 'string') return [id, { input }] as const;
    throw new ExtensionError(`"parameters" must give "${id}" a path in the answer, or {"input": …}.`, place);
  });
  return Object.fromEntries(read);
}

function condition(poll: JsonObject, name: string, place: string): PollCondition | null {
  const written = optionalObject(poll, name, place);
  if (!written) return null;
  const path = optionalText(written, 'path', place);
  const [equals, values] = [ownMember(written, 'equals'), ownMember(written, 'in')];
  if (path === undefined || (values !== undefined && !Array.isArray(values))) {
    throw new ExtensionError(`"${name}" must have a "path", and may have "equals" or a list "in".`, place);
  }
  if (Array.isArray(values)) return { path, in: values as unknown[] };
  return { path, in: equals === undefined ? null : [equals] };
}

function seconds(poll: JsonObject, name: string, max: number, place: string): number | null {
  const value = ownMember(poll, name);
  if (value === undefined) return null;
  if (typeof value === 'number' && value >= 1 && value <= max) return value;
  throw new ExtensionError(`"${name}" must be a number of seconds, 1 to ${max}.`, place);
}
