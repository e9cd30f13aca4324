import { checkInputs, type OperationDefinition } from '#libs/catalog';
import { Problems, problem } from '#libs/errors';

/** @throws Problems with one for each input that can't be sent, by pointer */
export function requireInputs(operation: OperationDefinition, inputs: Record<string, unknown>): void {
  const [first, ...rest] = checkInputs(operation, inputs).map(({ pointer, detail }) =>
    problem('invalid', detail, { source: { pointer: `/data/inputs${pointer}` } }),
  );
  if (first) throw new Problems([first, ...rest]);
}
