import { choiceText } from './flaw-text.js';
import { MAX_FLAWS, type Flaw } from './flaw.js';
import { isJsonObject, ownMember } from './json.js';
import { jsonText } from './json-text.js';
import type { ValueSchema } from './value-schema.js';

/** The value in its schema's type; what can't be read so is a flaw, and stands in the value as it was given. */
export interface CoercedValue {
  readonly value: unknown;
  readonly flaws: readonly Flaw[];
}

const MAX_DIGITS = 64;

/**
 * `5` for "5", `true` for "True", an object for its JSON text (the wire sends every value as text if it likes). An integer beyond 2^53 given
 * as text becomes a bigint: ids must not be rounded.
 */
export function coerce(schema: ValueSchema, given: unknown): CoercedValue {
  const coercion = new Coercion();
  return { value: coercion.value(schema, given, []), flaws: coercion.flaws };
}

/** What a text can mean where the document permits several types: a form sends texts alone. */
export function meantByText(text: string): unknown {
  const boolean = booleanOf(text);
  return typeof boolean === 'boolean' ? boolean : (numberOf(text) ?? parsedJson(parsedJson(text, '['), '{'));
}

type Path = readonly string[];

class Coercion {
  readonly flaws: Flaw[] = [];

  value(schema: ValueSchema, given: unknown, path: Path): unknown {
    if (given === null) return schema.isNullable ? null : this.#flawed(given, path, 'must not be null');
    const before = this.flaws.length;
    const value = schema.isAny ? given : this.#typed(schema, given, path);
    const isTyped = this.flaws.length === before;
    return schema.enumeration && isTyped ? this.#choice(schema.enumeration, value, path) : value;
  }

  #typed(schema: ValueSchema, given: unknown, path: Path): unknown {
    switch (schema.valueType) {
      case 'STRING':
        if (typeof given === 'number' || typeof given === 'boolean') return String(given);
        return typeof given === 'string' ? given : this.#flawed(given, path, 'must be a text');
      case 'NUMBER':
        return numberOf(given) ?? this.#flawed(given, path, 'must be a number');
      case 'INTEGER':
        return this.#integer(given, path);
      case 'BOOLEAN':
        return booleanOf(given) ?? this.#flawed(given, path, 'must be true or false');
      case 'ARRAY':
        return this.#array(schema, parsedJson(given, '['), path);
      default:
        return this.#object(schema, parsedJson(given, '{'), path);
    }
  }

  #integer(given: unknown, path: Path): unknown {
    const value = numberOf(given);
    const isInteger = typeof value === 'bigint' || Number.isInteger(value);
    return isInteger ? value : this.#flawed(given, path, 'must be a whole number');
  }

  #array({ items }: ValueSchema, given: unknown, path: Path): unknown {
    if (!Array.isArray(given)) return this.#flawed(given, path, 'must be a list, or the JSON text of one');
    if (!items) return given;
    return given.map((item, index) =>
      this.flaws.length >= MAX_FLAWS ? item : this.value(items, item, [...path, String(index)]),
    );
  }

  /** A member that may be left out may also be null: what becomes of it is for the third party to say. */
  #object({ members = [] }: ValueSchema, given: unknown, path: Path): unknown {
    if (!isJsonObject(given)) return this.#flawed(given, path, 'must be an object, or the JSON text of one');
    const values = new Map(Object.entries(given));
    for (const member of members) {
      const value = ownMember(given, member.name);
      if (value === undefined || (value === null && !member.isRequired)) continue;
      values.set(member.name, this.value(member, value, [...path, member.name]));
    }
    return Object.fromEntries(values);
  }

  /** Compared as text, because a choice's id is text. */
  #choice(enumeration: NonNullable<ValueSchema['enumeration']>, value: unknown, path: Path): unknown {
    const text = typeof value === 'string' ? value : jsonText(value);
    const found = enumeration.find((permitted) => String(permitted.value) === text);
    if (found) return found.value;
    return this.#flawed(value, path, choiceText(enumeration.map((permitted) => permitted.value)));
  }

  #flawed(given: unknown, path: Path, problem: string): unknown {
    if (this.flaws.length < MAX_FLAWS) this.flaws.push({ path, problem });
    return given;
  }
}

function numberOf(given: unknown): number | bigint | undefined {
  const text = typeof given === 'string' ? given.trim() : '';
  const isNumberText = text.length <= MAX_DIGITS && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text);
  if (typeof given !== 'number' && !isNumberText) return undefined;
  const value = typeof given === 'number' ? given : Number(text);
  if (!Number.isFinite(value)) return undefined;
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}

function booleanOf(given: unknown): boolean | undefined {
  if (typeof given === 'boolean') return given;
  const text = typeof given === 'string' ? given.trim().toLowerCase() : '';
  return text === 'true' || text === 'false' ? text === 'true' : undefined;
}

function parsedJson(given: unknown, first: '[' | '{'): unknown {
  if (typeof given !== 'string' || !given.trimStart().startsWith(first)) return given;
  try {
    return JSON.parse(given) as unknown;
  } catch {
    return undefined;
  }
}
