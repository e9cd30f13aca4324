import type { RunErrorCode } from './rules.js';

export type Inputs = Readonly<Record<string, unknown>>;
type ActionType = 'READ' | 'WRITE' | 'SEARCH';

interface InputField {
  type: 'input_field';
  id: string;
  title: string;
  description: string;
  default_value: string;
  placeholder: string;
  is_required: boolean;
  value_type: 'STRING' | 'NUMBER' | 'INTEGER' | 'BOOLEAN' | 'ARRAY' | 'OBJECT';
  format?: 'DATETIME' | 'MULTILINE' | 'PASSWORD' | 'CODE' | 'READONLY' | 'FILE' | 'SELECT';
  items?: { type: string };
  depends_on: string[];
  invalidates_input_fields: boolean;
}

export type Field =
  | InputField
  | { type: 'info_field'; id: string; description: string }
  | { type: 'fieldset'; id: string; title: string; fields: Field[] };

interface Choice {
  id: string;
  type: 'choice';
  label: string | null;
  value: string;
}

interface OutputField {
  type: 'output_field';
  id: string;
  title: string;
  sample: string;
}

/** What carrying an action out comes to. */
export type Outcome = { results: object[] } | { error: RunErrorCode; detail: string; delay?: number };

export interface Action {
  /** Stable, within its app and type. */
  key: string;
  type: ActionType;
  title: string;
  description: string;
  isInstant: boolean;
  /** The input by which writes are counted, where `marker` is not given. */
  marker: string;
  outputs: OutputField[];
  fields(inputs: Inputs): Field[];
  /** @returns none for an input that has no choices, or whose `depends_on` is not set */
  choices(input: string, inputs: Inputs): Choice[];
  run(inputs: Inputs): Outcome;
  /** How long it takes, where it says so itself. */
  milliseconds?(inputs: Inputs): number;
}

export function input(id: string, title: string, more: Partial<InputField> = {}): InputField {
  return {
    type: 'input_field',
    id,
    title,
    description: `${title}.`,
    default_value: '',
    placeholder: '',
    is_required: false,
    value_type: 'STRING',
    depends_on: [],
    invalidates_input_fields: false,
    ...more,
  };
}

export const select = (id: string, title: string, more: Partial<InputField> = {}) =>
  input(id, title, { format: 'SELECT', ...more });

/** A yes or no arrives as a choice of two texts. */
export const yesNo = (id: string, title: string, more: Partial<InputField> = {}) =>
  select(id, title, { value_type: 'BOOLEAN', default_value: 'False', ...more });
export const YES_NO: Choice[] = [choice('True', 'Yes'), choice('False', 'No')];

export function choice(id: string, label: string | null = id): Choice {
  return { id, type: 'choice', label, value: id };
}

export function output(id: string, title: string, sample: string): OutputField {
  return { type: 'output_field', id, title, sample };
}

export function inputFieldsOf(fields: readonly Field[]): InputField[] {
  return fields.flatMap((field) => {
    if (field.type === 'fieldset') return inputFieldsOf(field.fields);
    return field.type === 'input_field' ? [field] : [];
  });
}

export const isSet = (value: unknown) => value !== undefined && value !== null && value !== '';
