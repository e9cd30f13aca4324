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
