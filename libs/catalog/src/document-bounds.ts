import { DocumentError } from './document-error.js';
import type { JsonObject } from './json.js';
import { toPointer } from './json-pointer.js';
import { target } from './reference.js';

export interface DocumentBounds {
  /** Levels of objects and arrays below the root. */
  readonly maxDepth: number;
  /** Values of any kind, an aliased one counted at each use. */
  readonly maxValues: number;
}

/**
 * Walks the whole document once and throws {@link DocumentError} at the first thing that later code could not bear: too
 * deep, too many values, an object that is no plain data, a `__proto__` member, text that PostgreSQL's jsonb cannot hold,
 * a `$ref` that leaves the document or leads nowhere.
 */
export function checkBounds(document: JsonObject, bounds: DocumentBounds): void {
  const names: string[] = [];
  let values = 0;

  const fail = (sentence: string): never => {
    throw new DocumentError(sentence, toPointer(names));
  };
  const walk = (value: unknown): void => {
    values += 1;
    if (values > bounds.maxValues) fail(`The document holds more than ${bounds.maxValues} values.`);
    if (typeof value === 'string')
      return isStorable(value) ? undefined : fail('A text in the document is not valid Unicode.');
    if (typeof value !== 'object' || value === null) return;
    if (names.length >= bounds.maxDepth) fail(`The document is nested more than ${bounds.maxDepth} levels deep.`);
    if (!Array.isArray(value) && !isPlain(value)) fail('The document holds a value that JSON does not have.');
    for (const [name, member] of Object.entries(value)) {
      names.push(name);
      const sentence = forbiddenName(name) ?? (name === '$ref' ? forbiddenReference(document, member) : undefined);
      if (sentence) fail(sentence);
      walk(member);
      names.pop();
    }
  };
  walk(document);
}

function forbiddenName(name: string): string | undefined {
  if (name === '__proto__') return 'The document has a member named "__proto__".';
  if (name === '<<') return 'The document uses a YAML merge key ("<<"), which is not supported.';
  return isStorable(name) ? undefined : 'A member name in the document is not valid Unicode.';
}

function forbiddenReference(document: JsonObject, ref: unknown): string | undefined {
  if (typeof ref !== 'string') return undefined; // A property that happens to be named "$ref".
  if (!ref.startsWith('#'))
    return `The document refers to "${ref}", which is outside it. Bundle it into one document first.`;
  return target(document, ref) === undefined
    ? `The document refers to "${ref}", which it does not contain.`
    : undefined;
}

/** jsonb refuses U+0000 and unpaired surrogates. */
function isStorable(text: string): boolean {
  return !text.includes('\u0000') && !/\p{Surrogate}/u.test(text);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
