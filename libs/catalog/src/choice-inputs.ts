import type { LiveChoices } from './choices-extension.js';
import { sourceOf } from './dependencies.js';
import { ownMember } from './json.js';
import type { OperationDefinition } from './operation.js';

export interface ChoicePosition {
  /** From 1. */
  readonly page: number;
  /** What the page before named as the way to this one. */
  readonly from: unknown;
  readonly search: string | null;
}

/** What the operation that answers choices is given: constants, what is filled in so far, the page, the search. */
export function choiceInputs(
  choices: LiveChoices,
  operation: OperationDefinition,
  filled: Record<string, unknown>,
  { page, from, search }: ChoicePosition,
): Record<string, unknown> {
  const inputs: [string, unknown][] = operation.inputs.flatMap(({ id }) => {
    const value = ownMember(choices.constants, id) ?? ownMember(filled, sourceOf(choices, id));
    return value === undefined ? [] : [[id, value]];
  });
  const position = choices.page && pagePosition(choices.page, page, from);
  if (choices.page && position !== undefined) inputs.push([choices.page.input, position]);
  if (choices.search !== undefined && search !== null) inputs.push([choices.search, search]);
  return Object.fromEntries(inputs);
}

function pagePosition({ first, next }: NonNullable<LiveChoices['page']>, page: number, from: unknown): unknown {
  return next === undefined ? first + page - 1 : from;
}
