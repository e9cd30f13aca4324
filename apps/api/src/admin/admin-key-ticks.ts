import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { AdminKeys } from '#libs/admin-keys';

const EVERY_MILLISECONDS = 5000;

/** Writes down when admin keys were last used. */
@Injectable()
export class AdminKeyTicks implements BeforeApplicationShutdown {
  readonly #log = new Logger('AdminKeys');

  constructor(private readonly keys: AdminKeys) {}

  @Interval(EVERY_MILLISECONDS)
  async flush(): Promise<void> {
    await this.keys
      .flushUses()
      .catch((cause: unknown) => this.#log.warn({ msg: 'The last uses of admin keys could not be written.', cause }));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }
}
