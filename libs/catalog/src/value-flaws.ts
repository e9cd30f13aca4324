import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Flaw } from './flaw.js';
import { flawsOf } from './flaw.js';
import { isJsonObject } from './json.js';
import { jsonText } from './json-text.js';
import { TEXT_FORMATS } from './text-format.js';
import { isMatched, patternBudget, type PatternBudget } from './text-pattern.js';

/** Characters of check times values in the value: a check that would take longer is the third party's to make. */
const MAX_WORK = 20_000_000;
/** Of the checks that are held: some 20 MB of functions. */
const MAX_HELD_CHARACTERS = 1_000_000;
/** The division's rounding of steps such as 0.01. */
const STEP_DIGITS = 9;

interface Held {
  readonly validate: ValidateFunction | null;
  readonly budget: { current: PatternBudget };
}

const held = new Map<string, Held>();
let heldCharacters = 0;

/** What is wrong with a value by a check of `valueCheck`. @param budget shared by all the values of one request */
export function valueFlaws(check: string, value: unknown, budget: PatternBudget): Flaw[] {
  const { validate, budget: own } = compiled(check);
  const size = { values: 0 };
  const plain = withoutBigints(value, size);
  if (!validate || size.values * check.length > MAX_WORK) return [];
  own.current = budget;
  return validate(plain) ? [] : flawsOf(validate.errors as ErrorObject[]);
}

function compiled(check: string): Held {
  const found = held.get(check) ?? compile(check);
  if (held.delete(check)) heldCharacters -= check.length;
  held.set(check, found);
  heldCharacters += check.length;
  for (const oldest of held.keys()) {
    if (heldCharacters <= MAX_HELD_CHARACTERS) break;
    held.delete(oldest);
    heldCharacters -= oldest.length;
  }
  return found;
}

/** An instance for each check: one keeps what it ever compiled. */
function compile(check: string): Held {
  const budget = { current: patternBudget() };
  const regExp = Object.assign(
    (pattern: string) => ({ test: (text: string) => isMatched(pattern, text, budget.current) }),
    {
      code: 'unused: no code of it is written out',
    },
  );
  const ajv = new Ajv({
    allErrors: true,
    strict: false,
    logger: false,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    ownProperties: true,
    multipleOfPrecision: STEP_DIGITS,
    formats: Object.fromEntries(TEXT_FORMATS),
    code: { regExp },
  });
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    validate: (_: unknown, list: unknown[]) => isDistinct(list),
  });
  try {
    return { validate: ajv.compile(JSON.parse(check) as object), budget };
  } catch {
    return { validate: null, budget };
  }
}

/** In one pass; the library compares each item with each other one. */
function isDistinct(list: readonly unknown[]): boolean {
  return new Set(list.map((item) => jsonText(item))).size === list.length;
}

/** A bigint is an integer that must not be rounded where it is sent; for a bound it may be. */
function withoutBigints(value: unknown, size: { values: number }): unknown {
  size.values += 1;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map((item) => withoutBigints(item, size));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutBigints(member, size)]));
}
