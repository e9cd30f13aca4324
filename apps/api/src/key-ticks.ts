import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { PublishedKeys, Signer } from '#libs/signing-keys';
import { TrustedKeys } from '#libs/trusted-keys';

/** Twice a second, so that a change is felt within one whether or not its wake-up arrives. */
const SYNC_MILLISECONDS = 500;
const FLUSH_MILLISECONDS = 5000;

/** What every process does for the keys in its memory, whatever its roles. */
@Injectable()
export class KeyTicks implements BeforeApplicationShutdown {
  readonly #log = new Logger('KeyTicks');

  constructor(
    private readonly published: PublishedKeys,
    private readonly signer: Signer,
    private readonly trusted: TrustedKeys,
  ) {}

  @Interval(SYNC_MILLISECONDS)
  async sync(): Promise<void> {
    await this.published.sync();
  }

  @Interval(FLUSH_MILLISECONDS)
  async flush(): Promise<void> {
    await Promise.all([this.signer.flushUses(), this.trusted.flushUses()]).catch((error: unknown) =>
      this.#log.warn({ msg: 'The last uses of keys could not be written.', cause: error }),
    );
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.flush();
  }
}
