import type { FastifyRequest } from 'fastify';
import type { Quota, Tally } from '#libs/limits';

/** What a request is held to, by the surface that it asks. A limit refuses by throwing. */
export abstract class RequestLimits {
  /** @param address whom the caller's address stands for */
  constructor(
    protected readonly tally: Tally,
    protected readonly address: string,
  ) {}

  /** Its body has not been read: refusing it costs next to nothing. */
  arrived(_request: FastifyRequest): void {
    return;
  }

  /** Its body has been read. */
  read(_request: FastifyRequest): void {
    return;
  }

  /** @returns the error to answer in the place of this one */
  failed(error: unknown): unknown {
    return error;
  }

  nearest(): Quota | undefined {
    return this.tally.nearest();
  }
}

/** Without limits when they are off, and where there are none. */
export type LimitedRequest<Limits extends RequestLimits = RequestLimits> = FastifyRequest & { limits?: Limits };
