import { namedInputs } from './choices-extension.js';
import type { LiveChoices } from './choices-extension.js';
import { ExtensionError } from './document-error.js';
import type { InputDefinition } from './input-definition.js';
import { ownMember } from './json.js';
import type { OperationDefinition } from './operation.js';

/**
 * An input whose choices another operation answers depends on what that operation must be given: the author need not say so
 * again in `depends_on`.
 */
export function withDependencies(
  operations: ReadonlyMap<string, OperationDefinition>,
): Map<string, OperationDefinition> {
  return new Map(
    [...operations].map(([key, operation]) => {
      if (!operation.inputs.some(({ choices }) => choices)) return [key, operation];
      return [key, { ...operation, inputs: operation.inputs.map((input) => dependent(input, operation, operations)) }];
    }),
  );
}

function dependent(
  input: InputDefinition,
  operation: OperationDefinition,
  operations: ReadonlyMap<string, OperationDefinition>,
): InputDefinition {
  const { choices } = input;
  const asked = choices && operations.get(choices.operationId);
  if (!choices || !asked) return input;
  const own = new Set(operation.inputs.map(({ id }) => id));
  const wrong = wrongName(choices, own, asked);
  if (wrong !== undefined)
    throw new ExtensionError(`The choices of "${input.id}" in "${operation.key}" name "${wrong}", which is no input.`);
  const needed = asked.inputs
    .filter(({ id, isRequired, schema }) => isRequired && schema.default === undefined && !isConstant(choices, id))
    .map(({ id }) => sourceOf(choices, id))
    .filter((id) => own.has(id) && id !== input.id);
  return { ...input, dependsOn: [...new Set([...input.dependsOn, ...needed])] };
}

/** The input here that fills an input of the asked operation: the one that is named, or the one of the same id. */
export function sourceOf({ inputs }: LiveChoices, id: string): string {
  const named = ownMember(inputs, id);
  return typeof named === 'string' ? named : id;
}

function isConstant({ constants }: LiveChoices, id: string): boolean {
  return ownMember(constants, id) !== undefined;
}

function wrongName(choices: LiveChoices, own: ReadonlySet<string>, asked: OperationDefinition): string | undefined {
  const known = new Set(asked.inputs.map(({ id }) => id));
  const unknown = namedInputs(choices).find((id) => !known.has(id));
  return unknown ?? Object.values(choices.inputs ?? {}).find((id) => !own.has(id));
}
