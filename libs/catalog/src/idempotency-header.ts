import { ExtensionError } from './document-error.js';
import { extension, optionalText } from './extension.js';
import { listMember, textMember } from './json.js';
import type { JsonObject } from './json.js';
import type { OperationSite } from './operation-site.js';
import { resolve } from './reference.js';

const USUAL = /^(?:x-)?idempotency-key$/i;
/** RFC 9110 §5.6.2 token: what a header name is made of. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * The header in which the app takes a key, by which it knows a request that it has carried out before: `x-gatehouse.idempotency_header` of
 * the operation or else the document, or a header parameter of one of the usual names. Then a write may be sent again.
 */
export function idempotencyHeader(
  document: JsonObject,
  { method, pathItem, operation, pointer }: OperationSite,
  extended: JsonObject,
): string | undefined {
  if (method === 'GET') return undefined;
  const named =
    optionalText(extended, 'idempotency_header', pointer) ??
    optionalText(extension(document, ''), 'idempotency_header', '');
  if (named !== undefined && !TOKEN.test(named)) {
    throw new ExtensionError(`"${named}" can not be the name of a header.`, `${pointer}/x-gatehouse`);
  }
  return (
    named ??
    [...listMember(pathItem, 'parameters'), ...listMember(operation, 'parameters')]
      .map((node) => resolve(document, node))
      .filter((parameter) => parameter['in'] === 'header')
      .map((parameter) => textMember(parameter, 'name') ?? '')
      .find((name) => USUAL.test(name))
  );
}
