import { DocumentError } from './document-error.js';
import { isJsonObject } from './json.js';
import type { JsonObject } from './json.js';
import { atPointer } from './json-pointer.js';

/** A validated OpenAPI 3.0 or 3.1 document of plain data. Its references are all internal and are followed where they are used. */
export type OpenApiDocument = JsonObject & { readonly openapi: string };

const MAX_HOPS = 32;

/**
 * The object behind a node: itself, or what its `$ref` leads to, with the members beside the `$ref` laid over it (3.1
 * allows a description there; 3.0 ignores them, but an `x-gatehouse` beside a reference is worth reading). One step at a
 * time, never a whole tree, so neither a cycle nor a fan of references can make the document grow.
 */
export function resolve(document: JsonObject, node: unknown): JsonObject {
  const siblings: JsonObject[] = [];
  let current = node;
  for (let hops = 0; hops <= MAX_HOPS; hops += 1) {
    if (!isJsonObject(current)) return {};
    const { $ref, ...rest } = current;
    if (typeof $ref !== 'string')
      return siblings.length === 0 ? current : Object.assign({}, current, ...siblings.toReversed());
    siblings.push(rest);
    current = target(document, $ref);
  }
  throw new DocumentError('The document has a $ref that only leads to other references.');
}

/** What an internal `$ref` names, or undefined: unknown place, or not of the form `#` or `#/…` (RFC 6901 §6). */
export function target(document: JsonObject, ref: string): unknown {
  try {
    return ref.startsWith('#') ? atPointer(document, decodeURIComponent(ref.slice(1))) : undefined;
  } catch {
    return undefined;
  }
}
