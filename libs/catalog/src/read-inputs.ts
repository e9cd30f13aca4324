import type { InputProblem } from './input-error.js';
import type { InputDefinition } from './input-definition.js';
import { coerce } from './input-value.js';
import { ownMember } from './json.js';
import { toPointer } from './json-pointer.js';
import type { OperationDefinition } from './operation.js';
import { isDotSegment } from './path-template.js';
import { simpleText } from './serialisation.js';
import { patternBudget } from './text-pattern.js';

export interface InputValue {
  readonly input: InputDefinition;
  readonly value: unknown;
}

/** The inputs that are given, in the operation's order and in their schemas' types, and what is wrong with the others. */
export function readInputs(
  operation: OperationDefinition,
  inputs: Record<string, unknown>,
): { values: InputValue[]; problems: InputProblem[] } {
  const known = new Set(operation.inputs.map(({ id }) => id));
  const problems: InputProblem[] = Object.keys(inputs)
    .filter((id) => !known.has(id))
    .map((id) => inputProblem(id, 'is not an input of this action'));
  const budget = patternBudget();
  const values: InputValue[] = [];
  for (const input of operation.inputs) {
    const given = givenValue(input, ownMember(inputs, input.id));
    if (given === undefined) {
      if (input.isRequired) problems.push(inputProblem(input.id, 'is required'));
      continue;
    }
    const coerced = coerce(input.schema, given, budget);
    if ('flaws' in coerced) {
      problems.push(...coerced.flaws.map(({ path, problem }) => inputProblem(input.id, problem, path)));
      continue;
    }
    const problem = placeProblem(input, coerced.value);
    if (problem === undefined) values.push({ input, value: coerced.value });
    else problems.push(inputProblem(input.id, problem));
  }
  return { values, problems };
}

function inputProblem(id: string, detail: string, path: readonly string[] = []): InputProblem {
  return { id, pointer: toPointer([id, ...path]), detail };
}

/** An empty text means "not given", and so does null where null cannot be sent. A required input falls back to its default. */
function givenValue(input: InputDefinition, given: unknown): unknown {
  const isNullSent = input.in === 'body' && input.schema.isNullable;
  const isGiven = given !== undefined && given !== '' && (given !== null || isNullSent);
  if (isGiven) return given;
  return input.isRequired ? input.schema.default : undefined;
}

/** What the place in the request forbids beyond the schema. */
function placeProblem(input: InputDefinition, value: unknown): string | undefined {
  if (input.in === 'body') return undefined;
  const text = simpleText(value, input.style, input.explode, (part) => part);
  if (/\p{Surrogate}/u.test(text)) return 'is not valid Unicode';
  if (input.in === 'header') return headerProblem(text);
  return input.in === 'path' ? pathProblem(text) : undefined;
}

/** Some servers decode %2F before they resolve "..", so a dot segment is refused in every part of the value. */
function pathProblem(text: string): string | undefined {
  if (text === '') return 'must not be empty';
  return text.split(/[/\\]|%2f|%5c/i).some(isDotSegment) ? 'must not be a path that climbs ("." or "..")' : undefined;
}

/** RFC 9110 §5.5: no CR, LF or NUL; other controls and anything outside Latin-1 cannot be sent either. */
function headerProblem(text: string): string | undefined {
  return /^[\t\x20-\x7E\x80-\xFF]*$/.test(text) ? undefined : 'has a character that a header cannot carry';
}
