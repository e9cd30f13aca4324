import type { Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { nestedClasses } from '../http/instantiate.js';
import { object, orNull, type Schema } from './schema.js';

type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Constraints = readonly unknown[];

const uri = () => ({ type: 'string', format: 'uri' });
const string = () => ({ type: 'string' });

/** What the rules of class-validator, and our own, say in JSON Schema. */
const KEYWORDS: Readonly<Record<string, (constraints: Constraints) => Schema>> = {
  isString: string,
  isLength: ([minLength, maxLength]) => ({ type: 'string', minLength, maxLength }),
  maxLength: ([maxLength]) => ({ type: 'string', maxLength }),
  matches: ([pattern]) => patternOf(pattern as RegExp),
  isInt: () => ({ type: 'integer' }),
  isNumber: () => ({ type: 'number' }),
  min: ([minimum]) => ({ minimum }),
  max: ([maximum]) => ({ maximum }),
  isBoolean: () => ({ type: 'boolean' }),
  isObject: () => ({ type: 'object', additionalProperties: true }),
  isArray: () => ({ type: 'array' }),
  arrayMaxSize: ([maxItems]) => ({ type: 'array', maxItems }),
  arrayMinSize: ([minItems]) => ({ type: 'array', minItems }),
  arrayNotEmpty: () => ({ type: 'array', minItems: 1 }),
  arrayUnique: () => ({ type: 'array', uniqueItems: true }),
  isIn: ([values]) => ({ enum: values }),
  isUuid: () => ({ type: 'string', format: 'uuid' }),
  isMoment: () => ({ type: 'string', description: 'A date, or a date and a time, of ISO 8601.' }),
  isInstant: () => ({ type: 'string', format: 'date-time' }),
  isUrl: uri,
  isRedirectUri: uri,
  isOrigin: uri,
  isPageUrl: uri,
  isCallbackUrl: uri,
  isUserTitle: string,
};

/** The body that a DTO class takes. @throws Error for a rule that nobody has put into words here yet */
export function bodySchema(dto: Type): Schema {
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const names = [...new Set(rules.map(({ propertyName }) => propertyName))];
  const [required, optional]: Record<string, Schema>[] = [{}, {}];
  for (const name of names) {
    const own = rules.filter(({ propertyName }) => propertyName === name);
    const schema = memberSchema(dto, name, own);
    const mayBe = (value: unknown) => own.some((rule) => isLeftOut(rule, value));
    const target = mayBe(undefined) || own.every(({ type }) => type === 'whitelistValidation') ? optional : required;
    if (target) target[name] = mayBe(null) ? orNull(schema) : schema;
  }
  return object(required ?? {}, optional);
}

/** Whether no other rule is asked about this value. */
function isLeftOut({ type, constraints }: Rule, value: unknown): boolean {
  if (type !== 'conditionalValidation') return false;
  const [isAsked] = constraints as [(dto: object, value: unknown) => boolean];
  return !isAsked({}, value);
}

function memberSchema(dto: Type, name: string, rules: readonly Rule[]): Schema {
  let [whole, item]: Schema[] = [{}, {}];
  for (const rule of rules) {
    if (rule.type === 'conditionalValidation' || rule.type === 'whitelistValidation') continue;
    const keywords = isNested(rule) ? nestedSchema(dto, name) : keywordsOf(rule, rules.some(isNested));
    if (rule.each) item = { ...item, ...keywords };
    else whole = { ...whole, ...keywords };
  }
  return whole?.type === 'array' ? { ...whole, items: item } : (whole ?? {});
}

/** @param hasMembers whether its members are told elsewhere */
function keywordsOf({ name = '', constraints }: Rule, hasMembers: boolean): Schema {
  if (hasMembers && name === 'isObject') return {};
  const keywords = KEYWORDS[name];
  if (!keywords) throw new Error(`The rule ${name} has no words in JSON Schema yet.`);
  return keywords((constraints ?? []) as Constraints);
}

function isNested({ type }: Rule): boolean {
  return type === 'nestedValidation';
}

function nestedSchema(dto: Type, name: string): Schema {
  const type = nestedClasses(dto).get(name);
  return type ? bodySchema(type) : {};
}

/** In JSON Schema no letter stands for its capital too. */
function patternOf({ source, flags }: RegExp): Schema {
  return flags.includes('i') ? { type: 'string' } : { type: 'string', pattern: source };
}
