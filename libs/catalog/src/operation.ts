import { readBody } from './body.js';
import type { BodyDefinition } from './body.js';
import { ExtensionError } from './document-error.js';
import { optionalObject } from './extension.js';
import type { FindKey } from './extension.js';
import { idempotencyHeader } from './idempotency-header.js';
import { withIds } from './input-definition.js';
import type { InputDefinition } from './input-definition.js';
import type { JsonObject } from './json.js';
import type { HttpMethod, OperationSite } from './operation-site.js';
import { readParameters } from './parameter.js';
import type { ReservedParameter } from './parameter.js';
import { checkTemplate } from './path-template.js';
import { readPoll } from './poll-definition.js';
import type { OpenApiDocument } from './reference.js';
import { firstServer } from './server-url.js';

/** Enough to ask for an operation's inputs and to build its request. Plain data, stored with the app. */
export interface OperationDefinition {
  readonly key: string;
  readonly method: HttpMethod;
  /** Path template below the server's URL: `/contacts/{id}`. */
  readonly path: string;
  /** The operation's own server or else the app's: absolute, without a final slash. */
  readonly serverUrl: string;
  readonly inputs: readonly InputDefinition[];
  readonly body: BodyDefinition | null;
  /** `x-gatehouse.poll` as it was written, its `operationId` turned into a key. */
  readonly poll?: JsonObject;
  /** The header for a key of ours, with which the same request may be sent again. It is no input. */
  readonly idempotencyHeader?: string;
  /** Why no request can be built, as a sentence. Such an operation is no action. */
  readonly unsupported?: string;
}

/** Of one operation. What is beyond is the third party's to check. */
const MAX_CHECK_CHARACTERS = 65_536;

export interface OperationSource {
  readonly document: OpenApiDocument;
  readonly site: OperationSite;
  readonly key: string;
  readonly serverUrl: string;
  readonly reserved: readonly ReservedParameter[];
  readonly extended: JsonObject;
  readonly findKey: FindKey;
}

/** @throws DocumentError for an operation whose request could not be built as the document has it */
export function readOperation(source: OperationSource): OperationDefinition {
  const { document, site, key, serverUrl, reserved, extended, findKey } = source;
  const { method, path, pathItem, operation, pointer } = site;
  const keyHeader = idempotencyHeader(document, site, extended);
  const ours = keyHeader === undefined ? reserved : [...reserved, { in: 'header', name: keyHeader }];
  const parameters = readParameters(document, site, ours, findKey);
  const pathNames = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
  checkTemplate(path, new Set(pathNames), pointer);
  const { body, inputs, unsupported } = readBody(document, site, findKey);
  const used = parameters.filter((parameter) => parameter.in !== 'path' || path.includes(`{${parameter.name}}`));
  const poll = keyedPoll(extended, pointer, findKey);
  return {
    key,
    method,
    path,
    serverUrl: firstServer(operation, pointer, serverUrl) ?? firstServer(pathItem, pointer, serverUrl) ?? serverUrl,
    inputs: withBoundedChecks(checkedDependencies(withIds([...used, ...inputs]), pointer)),
    body,
    ...(poll && { poll }),
    ...(keyHeader !== undefined && { idempotencyHeader: keyHeader }),
    ...(unsupported !== undefined && { unsupported: `Its body must be ${unsupported}, which cannot be sent.` }),
  };
}

function keyedPoll(extended: JsonObject, pointer: string, findKey: FindKey): JsonObject | undefined {
  const poll = optionalObject(extended, 'poll', pointer);
  if (!poll) return undefined;
  const { operationId } = readPoll(poll, pointer);
  return operationId === null ? poll : { ...poll, operationId: findKey(operationId, `${pointer}/x-gatehouse/poll`) };
}

/** A check is compiled where it is used first, and everything else in the process waits for it. */
function withBoundedChecks(inputs: InputDefinition[]): InputDefinition[] {
  let left = MAX_CHECK_CHARACTERS;
  return inputs.map(({ check, ...input }) => {
    left -= check?.length ?? 0;
    return check !== undefined && left >= 0 ? { ...input, check } : input;
  });
}

function checkedDependencies(inputs: InputDefinition[], pointer: string): InputDefinition[] {
  const ids = new Set(inputs.map(({ id }) => id));
  for (const { id, dependsOn } of inputs) {
    const unknown = dependsOn.find((dependency) => !ids.has(dependency) || dependency === id);
    if (unknown !== undefined) {
      throw new ExtensionError(
        `The input "${id}" depends on "${unknown}", which is no other input of the operation.`,
        pointer,
      );
    }
  }
  return inputs;
}
