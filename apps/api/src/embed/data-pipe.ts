import { Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { problem } from '#libs/errors';
import { BodyPipe } from '../http/body-pipe.js';

/** Validates the `data` member that request bodies of the wire are wrapped in (protocol.md §6). */
@Injectable()
export class DataPipe<Dto extends object> implements PipeTransform<unknown, Promise<Dto>> {
  readonly #data: BodyPipe<Dto>;

  constructor(readonly dto: Type<Dto>) {
    this.#data = new BodyPipe(dto, { unknownMembers: 'ignore', at: '/data' });
  }

  transform(body: unknown): Promise<Dto> {
    const data = typeof body === 'object' && body !== null ? (body as { data?: unknown }).data : undefined;
    if (data === undefined)
      throw problem('invalid', 'Wrap the request in {"data": {…}}.', { source: { pointer: '/data' } });
    return this.#data.transform(data);
  }
}

/** Takes the members within `data` as well as alone, as these calls took them first. A flaw is named where it was given. */
@Injectable()
export class OptionalDataPipe<Dto extends object> implements PipeTransform<unknown, Promise<Dto>> {
  readonly #wrapped: DataPipe<Dto>;
  readonly #bare: BodyPipe<Dto>;

  constructor(
    readonly dto: Type<Dto>,
    unknownMembers: 'refuse' | 'ignore' = 'ignore',
  ) {
    this.#wrapped = new DataPipe(dto);
    this.#bare = new BodyPipe(dto, { unknownMembers });
  }

  transform(body: unknown): Promise<Dto> {
    return isWrapped(body) ? this.#wrapped.transform(body) : this.#bare.transform(body);
  }
}

/** @returns a JSON Pointer @param body as it came, to a call with an OptionalDataPipe */
export function pointerTo(member: string, body: unknown): string {
  return isWrapped(body) ? `/data/${member}` : `/${member}`;
}

function isWrapped(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, 'data');
}
