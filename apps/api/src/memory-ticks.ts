import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { RateLimits } from '#libs/limits';
import { Denials } from '#libs/oauth';
import { PublishedKeys, Signer } from '#libs/signing-keys';
import { TrustedKeys } from '#libs/trusted-keys';
import { VaultMemory } from '#libs/vault';

/** Twice a second, so that a change is felt within one whether or not its wake-up arrives. */
const SYNC_MILLISECONDS = 500;
const FLUSH_MILLISECONDS = 5000;

/** What every process does for what it holds in memory, whatever its roles. */
@Injectable()
export class MemoryTicks implements BeforeApplicationShutdown {
  readonly #log = new Logger('MemoryTicks');

  constructor(
    private readonly published: PublishedKeys,
    private readonly signer: Signer,
    private readonly trusted: TrustedKeys,
    private readonly denials: Denials,
    private readonly vault: VaultMemory,
    private readonly rateLimits: RateLimits,
  ) {}

  @Interval(SYNC_MILLISECONDS)
  async sync(): Promise<void> {
    await Promise.all([this.published.sync(), this.denials.sync(), this.vault.sync(), this.rateLimits.sync()]);
  }

  @Interval(FLUSH_MILLISECONDS)
  async flush(): Promise<void> {
    await Promise.all([this.signer.flushUses(), this.trusted.flushUses(), this.vault.flush()]).catch((error: unknown) =>
      this.#log.warn({ msg: 'The last uses of keys could not be written.', cause: error }),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.flush(), this.rateLimits.sync()]);
  }
}
