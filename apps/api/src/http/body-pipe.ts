import { Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { validate, type ValidationError } from 'class-validator';
import { Problem, Problems, problem } from '#libs/errors';
import { instantiate } from './instantiate.js';

interface BodyOptions {
  /** `refuse` on admin routes; the embed wire ignores members that it does not know. */
  unknownMembers: 'refuse' | 'ignore';
  /** `accept`: no body at all is an empty object, for calls whose members are all optional. */
  emptyBody?: 'accept';
  /** JSON Pointer of the validated part within the body. */
  at?: string;
}

/** Validates a JSON body as an instance of a DTO class. Each bad member is a problem of its own, with its pointer. */
@Injectable()
export class BodyPipe<Dto extends object> implements PipeTransform<unknown, Promise<Dto>> {
  constructor(
    readonly dto: Type<Dto>,
    readonly options: BodyOptions = { unknownMembers: 'refuse' },
  ) {}

  async transform(given: unknown): Promise<Dto> {
    const at = this.options.at ?? '';
    const isAbsent = given === undefined || given === null;
    const body = isAbsent && this.options.emptyBody === 'accept' ? {} : given;
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw problem('invalid', 'A JSON object is expected here.', { source: { pointer: at } });
    }
    const instance = instantiate(this.dto, body, at);
    const errors = await validate(instance, {
      whitelist: true,
      forbidNonWhitelisted: this.options.unknownMembers === 'refuse',
      forbidUnknownValues: true,
      stopAtFirstError: true,
    });
    const [first, ...rest] = errors.flatMap((error) => toProblems(error, at));
    if (first) throw new Problems([first, ...rest]);
    return instance;
  }
}

function toProblems({ property, value, constraints, children }: ValidationError, parent: string): Problem[] {
  const pointer = `${parent}/${property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  // What a validator says of nothing at all is about its length, or its kind.
  if (value === undefined && constraints)
    return [problem('invalid', `${property} is missing.`, { source: { pointer } })];
  const own = Object.values(constraints ?? {}).map((sentence) =>
    problem('invalid', `${capitalised(sentence)}.`, { source: { pointer } }),
  );
  return [...own, ...(children ?? []).flatMap((child) => toProblems(child, pointer))];
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
