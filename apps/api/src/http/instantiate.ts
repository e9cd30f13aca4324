import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';
import { problem } from '#libs/errors';

const known = new WeakMap<Type, ReadonlyMap<string, Type>>();

/** The members of a DTO that are DTOs of their own, one or a list, with their classes. */
export function nestedClasses(dto: Type): ReadonlyMap<string, Type> {
  const found = known.get(dto);
  if (found) return found;
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const names = rules.filter(({ type }) => type === 'nestedValidation').map(({ propertyName }) => propertyName);
  const classes = new Map(names.map((name) => [name, classOf(dto, name)]));
  known.set(dto, classes);
  return classes;
}

/** class-transformer alone knows the class of a member: it makes one. */
function classOf(dto: Type, name: string): Type {
  const { [name]: made } = plainToInstance(dto, { [name]: [{}] }) as Record<string, unknown>;
  const [one] = made as [object];
  return one.constructor as Type;
}

/**
 * An instance of the DTO with the members of a JSON object, where DTOs are meant made DTOs too. All else stays as it came: class-transformer would
 * go through it, and take a member called `constructor` for a class.
 * @param at JSON Pointer of the object within the body
 * @throws Problem for what is no object where a list of objects is meant, which class-validator lets pass
 */
export function instantiate<Dto extends object>(dto: Type<Dto>, given: object, at: string): Dto {
  const instance = new dto();
  const nested = nestedClasses(dto);
  for (const [name, value] of Object.entries(given)) {
    const type = nested.get(name);
    const pointer = `${at}/${name}`;
    // The rules are found by the instance's own constructor. No DTO has such a member: it is unknown, wherever it stands.
    if (name === 'constructor')
      throw problem('invalid', 'Property constructor should not exist.', { source: { pointer } });
    Object.assign(instance, { [name]: type ? nestedValue(type, value, pointer) : (value as unknown) });
  }
  return instance;
}

function nestedValue(type: Type, value: unknown, pointer: string): unknown {
  if (isPlain(value)) return instantiate<object>(type, value, pointer);
  if (!Array.isArray(value)) return value;
  return value.map((item: unknown, index) => {
    const place = `${pointer}/${index}`;
    if (isPlain(item)) return instantiate<object>(type, item, place);
    throw problem('invalid', 'A JSON object is expected here.', { source: { pointer: place } });
  });
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
