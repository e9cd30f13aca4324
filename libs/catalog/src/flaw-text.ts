import type { ErrorObject } from 'ajv';

const MAX_LISTED = 10;
const MAX_ALTERNATIVES = 3;

const TYPE_TEXTS = new Map<unknown, string>([
  ['string', 'a text'],
  ['number', 'a number'],
  ['integer', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'an object'],
  ['null', 'null'],
]);

type Parameters = Record<string, unknown>;

const TEXTS: Readonly<Record<string, (parameters: Parameters) => string>> = {
  type: ({ type }) => `must be ${typeText([type].flat())}`,
  enum: ({ allowedValues }) => choiceText(allowedValues as unknown[]),
  const: ({ allowedValue }) => choiceText([allowedValue]),
  minimum: ({ limit }) => `must be ${String(limit)} or more`,
  maximum: ({ limit }) => `must be ${String(limit)} or less`,
  exclusiveMinimum: ({ limit }) => `must be more than ${String(limit)}`,
  exclusiveMaximum: ({ limit }) => `must be less than ${String(limit)}`,
  multipleOf: ({ multipleOf }) => `must be a multiple of ${String(multipleOf)}`,
  minLength: ({ limit }) => `must have ${String(limit)} characters or more`,
  maxLength: ({ limit }) => `must have ${String(limit)} characters or less`,
  minItems: ({ limit }) => `must have ${String(limit)} items or more`,
  maxItems: ({ limit }) => `must have ${String(limit)} items or less`,
  minProperties: ({ limit }) => `must have ${String(limit)} members or more`,
  maxProperties: ({ limit }) => `must have ${String(limit)} members or less`,
  uniqueItems: () => 'must not have an item twice',
  format: ({ format }) => `must have the format ${String(format)}`,
  pattern: ({ pattern }) => `must match the pattern ${String(pattern)}`,
  required: ({ missingProperty }) => `must have "${String(missingProperty)}"`,
  additionalProperties: ({ additionalProperty }) => `must not have "${String(additionalProperty)}"`,
};

/** A sentence without its subject. It never repeats the value. */
export function flawText({ keyword, params }: ErrorObject): string {
  return TEXTS[keyword]?.(params as Parameters) ?? 'is not permitted by the document';
}

export function choiceText(permitted: readonly unknown[]): string {
  const listed = permitted
    .slice(0, MAX_LISTED)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return `must be ${permitted.length > 1 ? 'one of ' : ''}${listed.join(', ')}${permitted.length > MAX_LISTED ? ' and others' : ''}`;
}

export function isAlternatives({ keyword }: ErrorObject): boolean {
  return keyword === 'anyOf' || keyword === 'oneOf';
}

/** Said in full where the alternatives are few and differ in the value itself, not in something deep inside it. */
export function alternativesText(error: ErrorObject, within: readonly ErrorObject[]): string {
  const { passingSchemas } = error.params as Parameters;
  if (Array.isArray(passingSchemas)) return 'fits several alternatives of the document, and must fit one';
  const isShallow = within.every(({ instancePath }) => instancePath === error.instancePath);
  const texts = new Set(within.filter((one) => !isAlternatives(one)).map(flawText));
  texts.delete('must be null');
  if (!isShallow || texts.size === 0 || texts.size > MAX_ALTERNATIVES) return 'fits no alternative of the document';
  return [...texts].join(', or ');
}

function typeText(types: readonly unknown[]): string {
  const named = types.length > 1 ? types.filter((type) => type !== 'null') : types;
  return named.map((type) => TYPE_TEXTS.get(type)).join(' or ');
}
