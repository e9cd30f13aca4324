import SwaggerParser from '@apidevtools/swagger-parser';
import { DocumentError } from './document-error.js';
import { documentSlices } from './document-slices.js';
import type { JsonObject } from './json.js';
import { schemaViolations } from './schema-violations.js';

/** Checks the document against the JSON Schema of its OpenAPI version. Throws {@link DocumentError}; reads nothing else. */
export async function validate(document: JsonObject): Promise<void> {
  for (const slice of documentSlices(document)) {
    try {
      await SwaggerParser.validate(JSON.parse(JSON.stringify(slice)), {
        resolve: { external: false, file: false, http: false },
        // References stay as they are: laid out in full, a small document can become larger than memory.
        dereference: { circular: 'ignore', excludedPathMatcher: () => true },
      });
    } catch (error) {
      const { sentence, pointer } = schemaViolations(error);
      throw new DocumentError(sentence, pointer);
    }
  }
}
