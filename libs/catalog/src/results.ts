import { isJsonObject } from './json.js';
import type { JsonObject } from './json.js';

/** A response body as the list of objects that a run answers: nothing for no content, anything but an object as `{value}`. */
export function toResults(body: unknown): JsonObject[] {
  const items = Array.isArray(body) ? (body as unknown[]) : [body];
  return items.filter((item) => item !== undefined && item !== null && item !== '').map(toResult);
}

function toResult(item: unknown): JsonObject {
  return isJsonObject(item) ? item : { value: item };
}
