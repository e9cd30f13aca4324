import { DocumentError } from './document-error.js';
import { extension, optionalObject, optionalOneOf, optionalText, optionalTexts } from './extension.js';
import type { FindKey } from './extension.js';
import { FIELD_FORMATS } from './field-format.js';
import type { FieldFormat } from './field-format.js';
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
}

export interface FieldExtension {
  readonly title?: string;
  readonly placeholder?: string;
  readonly format?: FieldFormat;
  readonly dependsOn: readonly string[];
  readonly choices?: LiveChoices;
}

/** `x-gatehouse` on a parameter or property: contract §6, and `title`, `placeholder` and `format` to override what is derived. */
export function fieldExtension(node: JsonObject, pointer: string, findKey: FindKey): FieldExtension {
  const extended = extension(node, pointer);
  const title = optionalText(extended, 'title', pointer);
  const placeholder = optionalText(extended, 'placeholder', pointer);
  const format = optionalOneOf(extended, 'format', FIELD_FORMATS, pointer);
  const choices = optionalObject(extended, 'choices', pointer);
  return {
    ...(title !== undefined && { title }),
    ...(placeholder !== undefined && { placeholder }),
    ...(format !== undefined && { format }),
    dependsOn: optionalTexts(extended, 'depends_on', pointer) ?? [],
    ...(choices && { choices: liveChoices(choices, `${pointer}/x-gatehouse/choices`, findKey) }),
  };
}

function liveChoices(choices: JsonObject, pointer: string, findKey: FindKey): LiveChoices {
  const operationId = optionalText(choices, 'operationId', pointer);
  if (operationId === undefined) throw new DocumentError('"x-gatehouse.choices" must name an "operationId".', pointer);
  const value = optionalText(choices, 'value', pointer) ?? 'id';
  return {
    operationId: findKey(operationId, pointer),
    items: optionalText(choices, 'items', pointer) ?? '',
    value,
    label: optionalText(choices, 'label', pointer) ?? value,
  };
}
