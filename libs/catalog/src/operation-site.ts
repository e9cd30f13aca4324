import { isJsonObject, objectMember, ownMember } from './json.js';
import type { JsonObject } from './json.js';
import { toPointer } from './json-pointer.js';
import { resolve } from './reference.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export type HttpMethod = (typeof METHODS)[number];

/** Where an operation stands in the document. `pointer` is RFC 6901. */
export interface OperationSite {
  readonly method: HttpMethod;
  readonly path: string;
  readonly pathItem: JsonObject;
  readonly operation: JsonObject;
  readonly pointer: string;
}

/** Every operation under `paths` in document order. HEAD, OPTIONS and TRACE do nothing for a user and are left out. */
export function* operationSites(document: JsonObject): Generator<OperationSite> {
  for (const [path, node] of Object.entries(objectMember(document, 'paths'))) {
    if (!path.startsWith('/')) continue; // `x-` members
    const pathItem = resolve(document, node);
    for (const method of METHODS) {
      const operation = ownMember(pathItem, method.toLowerCase());
      if (!isJsonObject(operation)) continue;
      const pointer = toPointer(['paths', path, method.toLowerCase()]);
      yield { method, path, pathItem, operation, pointer };
    }
  }
}
