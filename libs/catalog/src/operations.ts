import { readAction } from './action-definition.js';
import type { ActionDefinition } from './action-definition.js';
import { DocumentError, ExtensionError } from './document-error.js';
import { withDependencies } from './dependencies.js';
import { extension } from './extension.js';
import type { FindKey } from './extension.js';
import { ownMember } from './json.js';
import { keyFinder, operationKeys } from './operation-key.js';
import type { OperationReference } from './operation-key.js';
import { operationSites } from './operation-site.js';
import type { OperationSite } from './operation-site.js';
import { readOperation } from './operation.js';
import type { OperationDefinition, OperationSource } from './operation.js';
import { readOutputs } from './output-fields.js';
import type { OutputField } from './output-fields.js';
import type { ReservedParameter } from './parameter.js';
import { readPoll } from './poll-definition.js';
import type { OpenApiDocument } from './reference.js';

export interface ReadOperations {
  /** The visible ones, in document order. */
  readonly actions: ActionDefinition[];
  /** All of them, by key. */
  readonly operations: Record<string, OperationDefinition>;
  /** By key. */
  readonly outputs: Record<string, readonly OutputField[]>;
  readonly skipped: SkippedOperation[];
  /** What `findKey` has been asked for. */
  readonly references: readonly OperationReference[];
  readonly findKey: FindKey;
}

/** An operation that is no action because its request can't be built. `reason` is a sentence. */
export interface SkippedOperation {
  readonly operation: string;
  readonly reason: string;
}

/** References let a small document ask for a large result. */
const MAX_DEFINITION_CHARACTERS = 8 * 1024 * 1024;
const MAX_OUTPUT_CHARACTERS = 16 * 1024 * 1024;

/** A mistake in one operation costs that operation alone: a document of a thousand is still worth having. Where all have one, the first is thrown. */
export function readOperations(
  document: OpenApiDocument,
  serverUrl: string,
  reserved: readonly ReservedParameter[],
): ReadOperations {
  const keys = operationKeys([...operationSites(document)]);
  const references: OperationReference[] = [];
  const findKey = recordingFinder(keys, references);
  const actions: ActionDefinition[] = [];
  const operations = new Map<string, OperationDefinition>();
  const outputs = new Map<string, readonly OutputField[]>();
  const mistakes: DocumentError[] = [];
  const room = new Room();
  for (const [site, key] of keys) {
    const extended = extension(site.operation, site.pointer);
    const operation = usableOrNot({ document, site, key, serverUrl, reserved, extended, findKey }, mistakes);
    const fields = operation.unsupported === undefined ? readOutputs(document, site, extended) : [];
    room.take(operation, fields);
    operations.set(key, operation);
    outputs.set(key, fields);
    if (ownMember(extended, 'hidden') !== true && operation.unsupported === undefined)
      actions.push(readAction(site, key, extended));
  }
  const skipped = [...operations.values()].flatMap(({ key, unsupported: reason }) =>
    reason === undefined ? [] : [{ operation: key, reason }],
  );
  checkPolls(operations);
  const [mistake] = mistakes;
  if (mistake && mistakes.length === operations.size) throw mistake;
  return {
    actions,
    operations: Object.fromEntries(withDependencies(operations)),
    outputs: Object.fromEntries(outputs),
    skipped,
    references,
    findKey,
  };
}

/** A look is made again and again: it must do nothing. */
function checkPolls(operations: ReadonlyMap<string, OperationDefinition>): void {
  for (const { key, poll } of operations.values()) {
    const looking = poll && operations.get(readPoll(poll).operationId ?? '');
    if (looking && looking.method !== 'GET') {
      throw new ExtensionError(`"${key}" is polled with "${looking.key}", which is no GET.`);
    }
  }
}

function recordingFinder(keys: ReadonlyMap<OperationSite, string>, references: OperationReference[]): FindKey {
  const find = keyFinder(keys);
  return (operationId, pointer) => {
    const key = find(operationId, pointer);
    references.push({ key, pointer });
    return key;
  };
}

function usableOrNot(source: OperationSource, mistakes: DocumentError[]): OperationDefinition {
  try {
    return readOperation(source);
  } catch (error) {
    if (!(error instanceof DocumentError) || error instanceof ExtensionError) throw error;
    mistakes.push(error);
    const { key, serverUrl, site } = source;
    const { method, path } = site;
    return { key, method, path, serverUrl, inputs: [], body: null, unsupported: error.message };
  }
}

class Room {
  #definitions = 0;
  #outputs = 0;

  /** @throws DocumentError */
  take(operation: OperationDefinition, fields: readonly OutputField[]): void {
    this.#definitions += JSON.stringify(operation).length;
    this.#outputs += JSON.stringify(fields).length;
    if (this.#definitions > MAX_DEFINITION_CHARACTERS || this.#outputs > MAX_OUTPUT_CHARACTERS)
      throw new DocumentError('The operations of the document are too large in full.');
  }
}
