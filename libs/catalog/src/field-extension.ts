import { readChoicesExtension } from './choices-extension.js';
import type { LiveChoices } from './choices-extension.js';
import { extension, optionalObject, optionalOneOf, optionalText, optionalTexts } from './extension.js';
import type { FindKey } from './extension.js';
import { FIELD_FORMATS } from './field-format.js';
import type { FieldFormat } from './field-format.js';
import type { JsonObject } from './json.js';

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
    ...(choices && { choices: readChoicesExtension(choices, `${pointer}/x-gatehouse/choices`, findKey) }),
  };
}
