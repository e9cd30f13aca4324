import { ValidateIf } from 'class-validator';

/** The member may be left out. Unlike class-validator's own `IsOptional`, null is a value, and is refused where none is meant. */
export function Optional(): PropertyDecorator {
  return ValidateIf((_dto: object, value: unknown) => value !== undefined);
}
