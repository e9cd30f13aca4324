import { DocumentError } from './document-error.js';
import type { LiveChoices } from './choices-extension.js';
import type { FieldFormat } from './field-format.js';
import type { PartDefinition } from './multipart.js';
import type { ValueSchema } from './value-schema.js';

/** Where an input's value goes in the request. */
export type InputLocation = 'path' | 'query' | 'header' | 'body';

/** OpenAPI's parameter styles that we can write, and `json` for a parameter or body member sent as JSON text. */
export type InputStyle = 'simple' | 'form' | 'spaceDelimited' | 'pipeDelimited' | 'deepObject' | 'json';

/** One input of an operation: a parameter, a property of its body, or the whole body. Plain data, stored with the app. */
export interface InputDefinition {
  /** Unique within the operation; the name, or `body__name` and so on where two places use the same one. */
  readonly id: string;
  readonly in: InputLocation;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly placeholder: string;
  readonly isRequired: boolean;
  readonly style: InputStyle;
  readonly explode: boolean;
  /** Of a multipart body alone. */
  readonly part?: PartDefinition;
  readonly schema: ValueSchema;
  /** What the value must be besides its type: see `valueCheck`. */
  readonly check?: string;
  readonly format?: FieldFormat;
  readonly dependsOn: readonly string[];
  readonly choices?: LiveChoices;
}

/** What is known before ids are given. */
export type UnnamedInput = Omit<InputDefinition, 'id'>;

const MAX_INPUTS = 1_000;

/** Checked before inputs are read: references let a small document ask for many. */
export function boundInputs(count: number, pointer: string): void {
  if (count > MAX_INPUTS) throw new DocumentError(`An operation has more than ${MAX_INPUTS} inputs.`, pointer);
}

/** Gives ids in the order of the list: the first of a name keeps it, a later one is prefixed with its location. */
export function withIds(inputs: readonly UnnamedInput[]): InputDefinition[] {
  const taken = new Set<string>();
  return inputs.map((input) => {
    let id = input.name;
    while (taken.has(id)) id = `${input.in}__${id}`;
    taken.add(id);
    return { id, ...input };
  });
}
