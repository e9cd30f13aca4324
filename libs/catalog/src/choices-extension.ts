import { ExtensionError } from './document-error.js';
import { optionalObject, optionalText } from './extension.js';
import type { FindKey } from './extension.js';
import { ownMember } from './json.js';
import type { JsonObject } from './json.js';

/**
 * Choices that another operation of the same app answers. `items` finds the list in its response, `value` and `label` what
 * an item is chosen by and shown as; all three are paths as `select` reads them.
 */
export interface LiveChoices {
  readonly operationId: string;
  readonly items: string;
  readonly value: string;
  readonly label: string;
  /** By an input of that operation: the input here that fills it, where the two have different ids. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** By an input of that operation: what it is always given. */
  readonly constants?: Readonly<Record<string, Constant>>;
  /** The input of that operation that takes a text to search for. */
  readonly search?: string;
  readonly page?: ChoicePages;
}

type Constant = string | number | boolean;

/** How that operation is asked for more: by a number, or with `next` by what stands there in the answer before. */
interface ChoicePages {
  readonly input: string;
  /** The number of the first page. */
  readonly first: number;
  /** A path, as `select` reads it. */
  readonly next?: string;
}

/** @param choices `x-gatehouse.choices`, at `pointer` */
export function readChoicesExtension(choices: JsonObject, pointer: string, findKey: FindKey): LiveChoices {
  const operationId = optionalText(choices, 'operationId', pointer);
  if (operationId === undefined) throw new ExtensionError('"x-gatehouse.choices" must name an "operationId".', pointer);
  const value = optionalText(choices, 'value', pointer) ?? 'id';
  const inputs = optionalObject(choices, 'inputs', pointer);
  const constants = optionalObject(choices, 'constants', pointer);
  const search = optionalText(choices, 'search', pointer);
  const page = optionalObject(choices, 'page', pointer);
  return {
    operationId: findKey(operationId, pointer),
    items: optionalText(choices, 'items', pointer) ?? '',
    value,
    label: optionalText(choices, 'label', pointer) ?? value,
    ...(inputs && { inputs: checked(inputs, isText, `${pointer}/inputs`) }),
    ...(constants && { constants: checked(constants, isConstant, `${pointer}/constants`) }),
    ...(search !== undefined && { search }),
    ...(page && { page: readPages(page, `${pointer}/page`) }),
  };
}

/** The ids of the asked operation's inputs that the choices name. */
export function namedInputs({ inputs = {}, constants = {}, search, page }: LiveChoices): string[] {
  const single = [search, page?.input].filter((id) => id !== undefined);
  return [...Object.keys(inputs), ...Object.keys(constants), ...single];
}

function readPages(page: JsonObject, pointer: string): ChoicePages {
  const input = optionalText(page, 'input', pointer);
  if (input === undefined) throw new ExtensionError('"page" of the choices must name an "input".', pointer);
  const next = optionalText(page, 'next', pointer);
  const first = ownMember(page, 'first') ?? 1;
  if (typeof first !== 'number' || !Number.isInteger(first) || first < 0)
    throw new ExtensionError('"first" of the choices\' "page" must be a whole number.', pointer);
  return { input, first, ...(next !== undefined && { next }) };
}

function checked<Value>(object: JsonObject, is: (value: unknown) => value is Value, pointer: string) {
  const entries = Object.entries(object).map(([name, value]) => {
    if (is(value)) return [name, value] as const;
    throw new ExtensionError(`"${name}" has a value that can not stand here.`, pointer);
  });
  return Object.fromEntries(entries);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isConstant(value: unknown): value is Constant {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
