import { ExtensionError } from './document-error.js';
import { isJsonObject, ownMember } from './json.js';
import type { JsonObject } from './json.js';

/** Turns an `operationId` written in the document into the key of that operation, or throws {@link ExtensionError}. */
export type FindKey = (operationId: string, pointer: string) => string;

/** The `x-gatehouse` member of a node (contract §6), empty when absent. */
export function extension(node: JsonObject, pointer: string): JsonObject {
  const value = ownMember(node, 'x-gatehouse');
  if (value === undefined) return {};
  if (!isJsonObject(value)) throw new ExtensionError('"x-gatehouse" must be an object.', `${pointer}/x-gatehouse`);
  return value;
}

export function optionalText(extended: JsonObject, name: string, pointer: string): string | undefined {
  const value = ownMember(extended, name);
  if (value === undefined || typeof value === 'string') return value;
  throw new ExtensionError(`"x-gatehouse.${name}" must be a text.`, `${pointer}/x-gatehouse`);
}

export function optionalTexts(extended: JsonObject, name: string, pointer: string): string[] | undefined {
  const value = ownMember(extended, name);
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new ExtensionError(`"x-gatehouse.${name}" must be a list of texts.`, `${pointer}/x-gatehouse`);
}

export function optionalObject(extended: JsonObject, name: string, pointer: string): JsonObject | undefined {
  const value = ownMember(extended, name);
  if (value === undefined || isJsonObject(value)) return value;
  throw new ExtensionError(`"x-gatehouse.${name}" must be an object.`, `${pointer}/x-gatehouse`);
}

/** The text if it is one of those permitted. */
export function optionalOneOf<T extends string>(
  extended: JsonObject,
  name: string,
  permitted: readonly T[],
  pointer: string,
): T | undefined {
  const value = optionalText(extended, name, pointer);
  const found = permitted.find((candidate) => candidate === value);
  if (value === undefined || found !== undefined) return found;
  throw new ExtensionError(`"x-gatehouse.${name}" must be one of ${permitted.join(', ')}.`, `${pointer}/x-gatehouse`);
}
