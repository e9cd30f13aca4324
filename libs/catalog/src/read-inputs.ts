import type { InputProblem } from './input-error.js';
import type { InputDefinition } from './input-definition.js';
import { MAX_FLAWS } from './flaw.js';
import { coerce, meantByText, type CoercedValue } from './input-value.js';
import { ownMember } from './json.js';
import { toPointer } from './json-pointer.js';
import { fileProblem } from './multipart.js';
import type { OperationDefinition } from './operation.js';
import { isDotSegment } from './path-template.js';
import { simpleText } from './serialisation.js';
import { patternBudget, type PatternBudget } from './text-pattern.js';
import { valueFlaws } from './value-flaws.js';

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
    const { value, flaws } = readValue(input, given, budget);
    problems.push(...flaws.map(({ path, problem }) => inputProblem(input.id, problem, path)));
    if (flaws.length > 0) continue;
    const problem = placeProblem(input, value);
    if (problem === undefined) values.push({ input, value });
    else problems.push(inputProblem(input.id, problem));
  }
  if (problems.length === 0) problems.push(...bodyProblems(operation, values, budget));
  return { values, problems };
}

function readValue({ schema, check }: InputDefinition, given: unknown, budget: PatternBudget): CoercedValue {
  const { value, flaws } = coerce(schema, given);
  if (check === undefined) return { value, flaws };
  const found = valueFlaws(check, value, budget);
  if (found.length > 0 && schema.isAny && typeof given === 'string') {
    const meant = meantByText(given);
    if (meant !== undefined && valueFlaws(check, meant, budget).length === 0) return { value: meant, flaws: [] };
  }
  const others = found.filter(({ path }) => !flaws.some((flaw) => isOneWay(flaw.path, path)));
  return { value, flaws: [...flaws, ...others].slice(0, MAX_FLAWS) };
}

/** Whether one of two places is in the other: what can't be read fits nothing around it. */
function isOneWay(one: readonly string[], other: readonly string[]): boolean {
  const length = Math.min(one.length, other.length);
  return one.slice(0, length).every((name, index) => name === other[index]);
}

/** What is wrong with the members of a body together. */
function bodyProblems(
  { body }: OperationDefinition,
  values: readonly InputValue[],
  budget: PatternBudget,
): InputProblem[] {
  const members = values.filter(({ input }) => input.in === 'body');
  if (body?.check === undefined || (members.length === 0 && !body.isRequired)) return [];
  const ids = new Map(members.map(({ input }) => [input.name, input.id]));
  const whole = Object.fromEntries(members.map(({ input, value }) => [input.name, value]));
  return valueFlaws(body.check, whole, budget).map(({ path: [name, ...rest], problem }) => {
    if (name === undefined) return { id: 'body', pointer: '', detail: problem };
    return inputProblem(ids.get(name) ?? name, problem, rest);
  });
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
  if (input.in === 'body') return input.part?.kind === 'file' ? fileProblem(value) : undefined;
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
