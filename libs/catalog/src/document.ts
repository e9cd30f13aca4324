import { checkBounds } from './document-bounds.js';
import type { DocumentBounds } from './document-bounds.js';
import { DocumentError } from './document-error.js';
import { readText } from './document-text.js';
import { isJsonObject, ownMember } from './json.js';
import { operationSites } from './operation-site.js';
import type { OpenApiDocument } from './reference.js';
import { validate } from './validate.js';

export type { OpenApiDocument } from './reference.js';

export interface DocumentLimits extends DocumentBounds {
  readonly maxBytes: number;
  readonly maxOperations: number;
}

/** GitHub's document, the largest that is known to be used, has 13 MB, 260,000 values and 1,223 operations. */
const LIMITS: DocumentLimits = {
  maxBytes: 16 * 1024 * 1024,
  maxDepth: 100,
  maxValues: 1_500_000,
  maxOperations: 5_000,
};

/**
 * JSON or YAML text of an OpenAPI 3.0 or 3.1 document (https://spec.openapis.org/oas/v3.1.1) to plain, validated data.
 * Nothing outside the text is read: no file, no URL. Throws {@link DocumentError} for bad input and nothing else.
 */
export async function parseDocument(text: string, limits: Partial<DocumentLimits> = {}): Promise<OpenApiDocument> {
  const { maxBytes, maxOperations, ...bounds } = { ...LIMITS, ...limits };
  if (Buffer.byteLength(text) > maxBytes) throw new DocumentError(`The document is larger than ${maxBytes} bytes.`);
  const document = requireVersion(readText(text));
  checkBounds(document, bounds);
  let operations = 0;
  for (const { pointer } of operationSites(document)) {
    operations += 1;
    if (operations > maxOperations)
      throw new DocumentError(`The document has more than ${maxOperations} operations.`, pointer);
  }
  await validate(document);
  return document;
}

function requireVersion(data: unknown): OpenApiDocument {
  if (!isJsonObject(data)) throw new DocumentError('The document is not an object with "openapi", "info" and "paths".');
  if (ownMember(data, 'swagger') !== undefined) {
    throw new DocumentError('The document is Swagger 2.0. Convert it to OpenAPI 3.0 or 3.1 first.', '/swagger');
  }
  const version = ownMember(data, 'openapi');
  if (version === undefined) throw new DocumentError('The document has no "openapi" member, so it is not OpenAPI 3.');
  if (typeof version !== 'string' || !/^3\.[01]\.\d+$/.test(version)) {
    throw new DocumentError('The member "openapi" must be a version text such as "3.0.3" or "3.1.0".', '/openapi');
  }
  if (!isJsonObject(ownMember(data, 'paths'))) throw new DocumentError('The document has no "paths" object.', '/paths');
  return { ...data, openapi: version };
}
