import { optionalOneOf, optionalText } from './extension.js';
import { textMember } from './json.js';
import type { JsonObject } from './json.js';
import type { OperationSite } from './operation-site.js';
import { humanise } from './title.js';

/** The action types that an app can offer (protocol.md §7.5). */
const ACTION_TYPES = ['READ', 'READ_BULK', 'WRITE', 'SEARCH', 'SEARCH_OR_WRITE', 'SEARCH_AND_WRITE'] as const;
export type ActionType = (typeof ACTION_TYPES)[number];

/** An operation as it is offered. `key` is the stable key that partners store, and the key of its operation. */
export interface ActionDefinition {
  readonly key: string;
  readonly type: ActionType;
  readonly title: string;
  readonly description: string;
}

/** Contract §6: GET is READ, the rest WRITE, unless `x-gatehouse` says otherwise. */
export function readAction(site: OperationSite, key: string, extended: JsonObject): ActionDefinition {
  const { operation, method, pointer } = site;
  const summary = textMember(operation, 'summary');
  return {
    key,
    type: optionalOneOf(extended, 'type', ACTION_TYPES, pointer) ?? (method === 'GET' ? 'READ' : 'WRITE'),
    title: optionalText(extended, 'title', pointer) ?? (summary || humanise(key)),
    description: textMember(operation, 'description') ?? summary ?? '',
  };
}
