import type { AppDefinition } from './app-definition.js';
import { findOperation } from './app-definition.js';
import type { InputDefinition } from './input-definition.js';
import type { SecurityDefinition } from './security-definition.js';
import type { ValueSchema } from './value-schema.js';

/** Something that was there and is no longer so. `action` is null for the app as a whole; `detail` is a sentence. */
export interface BreakingChange {
  readonly action: string | null;
  readonly change: BreakingKind;
  readonly detail: string;
}

type BreakingKind =
  | 'security_changed'
  | 'token_url_changed'
  | 'scope_added'
  | 'server_changed'
  | 'action_gone'
  | 'action_type_changed'
  | 'input_gone'
  | 'input_required'
  | 'input_type_changed'
  | 'choice_gone';

const MAX_CHANGES = 1_000;

/** What would surprise those who stored the keys and inputs of the app's actions, or hold connections to it. At most 1,000. */
export function breakingChanges(old: AppDefinition, current: AppDefinition): BreakingChange[] {
  const changes = [...appChanges(old, current)];
  const offered = new Map(current.actions.map((action) => [action.key, action]));
  for (const { key, type } of old.actions) {
    if (changes.length >= MAX_CHANGES) break;
    const action = offered.get(key);
    if (!action) {
      changes.push({ action: key, change: 'action_gone', detail: `There is no action "${key}" any more.` });
      continue;
    }
    if (action.type !== type) {
      const detail = `"${key}" was ${type} and is ${action.type}.`;
      changes.push({ action: key, change: 'action_type_changed', detail });
    }
    const before = findOperation(old, key)?.inputs ?? [];
    changes.push(...inputChanges(key, before, findOperation(current, key)?.inputs ?? []));
  }
  return changes.slice(0, MAX_CHANGES);
}

function* appChanges(old: AppDefinition, current: AppDefinition): Generator<BreakingChange> {
  const [before, now] = [credentialsOf(old.security), credentialsOf(current.security)];
  if (before !== now) {
    const detail = `Accounts were connected by ${before} and are by ${now}: connections have to be made again.`;
    yield { action: null, change: 'security_changed', detail };
  }
  if (old.security.kind === 'oauth2' && current.security.kind === 'oauth2') {
    const { tokenUrl, requestedScopes } = old.security;
    if (tokenUrl !== current.security.tokenUrl) {
      const detail = `Tokens came from ${tokenUrl} and are now refreshed at ${current.security.tokenUrl}.`;
      yield { action: null, change: 'token_url_changed', detail };
    }
    for (const scope of current.security.requestedScopes.filter((name) => !requestedScopes.includes(name)))
      yield { action: null, change: 'scope_added', detail: `Connections made before lack the scope "${scope}".` };
  }
  if (old.serverUrl !== current.serverUrl) {
    const detail = `Requests went to ${old.serverUrl} and go to ${current.serverUrl}.`;
    yield { action: null, change: 'server_changed', detail };
  }
}

function credentialsOf(security: SecurityDefinition): string {
  return security.kind === 'apiKey' ? 'API key' : security.kind;
}

function* inputChanges(
  action: string,
  before: readonly InputDefinition[],
  now: readonly InputDefinition[],
): Generator<BreakingChange> {
  const inputs = new Map(now.map((input) => [input.id, input]));
  const known = new Map(before.map((input) => [input.id, input]));
  for (const { id, schema } of before) {
    const input = inputs.get(id);
    if (!input) yield { action, change: 'input_gone', detail: `There is no input "${id}" any more.` };
    else yield* schemaChanges(action, id, schema, input.schema);
  }
  for (const { id, isRequired, schema } of now) {
    if (isRequired && schema.default === undefined && known.get(id)?.isRequired !== true)
      yield { action, change: 'input_required', detail: `The input "${id}" is now required.` };
  }
}

function* schemaChanges(action: string, id: string, before: ValueSchema, now: ValueSchema): Generator<BreakingChange> {
  const [was, is] = [typeOf(before), typeOf(now)];
  if (was !== is && !isWidened(before, now))
    yield { action, change: 'input_type_changed', detail: `The input "${id}" was ${was} and is ${is}.` };
  const permitted = now.enumeration && new Set(now.enumeration.map(({ value }) => value));
  const gone = (permitted && before.enumeration?.filter(({ value }) => !permitted.has(value))) ?? [];
  if (gone.length > 0) {
    const detail = `The input "${id}" no longer takes ${gone
      .slice(0, 10)
      .map(({ value }) => value)
      .join(', ')}.`;
    yield { action, change: 'choice_gone', detail };
  } else if (permitted && !before.enumeration) {
    const detail = `The input "${id}" took any value and now takes one of a list.`;
    yield { action, change: 'choice_gone', detail };
  }
}

function typeOf({ isAny, valueType, items }: ValueSchema): string {
  if (isAny) return 'anything';
  return items ? `${valueType} of ${typeOf(items)}` : valueType;
}

/** What was sent before still fits. */
function isWidened(before: ValueSchema, now: ValueSchema): boolean {
  return now.isAny || (before.valueType === 'INTEGER' && now.valueType === 'NUMBER');
}
