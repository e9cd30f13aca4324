import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Wakeups } from '#libs/database';
import { RefreshWorker } from '#libs/refresh';
import { CallbackWorker, RunWorker } from '#libs/runs';
import { KeyRotation } from '#libs/signing-keys';
import { signals } from '#libs/telemetry';
import { TrustedKeys } from '#libs/trusted-keys';
import { VaultWorker } from '#libs/vault';

const TICK_MILLISECONDS = 1000;

/** Ticks and wake-ups for the loops. A tick only says "look": what is due, and for whom, is in the rows. */
@Injectable()
export class Loops implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly runs: RunWorker,
    private readonly callbacks: CallbackWorker,
    private readonly refresh: RefreshWorker,
    private readonly rotation: KeyRotation,
    private readonly trustedKeys: TrustedKeys,
    private readonly vault: VaultWorker,
    private readonly wakeups: Wakeups,
  ) {}

  onModuleInit(): void {
    this.wakeups.listen('run_jobs', () => this.runs.wake());
    this.wakeups.listen('run_callbacks', () => this.callbacks.wake());
    this.wakeups.listen('connections', () => this.refresh.wake());
  }

  @Interval(TICK_MILLISECONDS)
  tick(): void {
    this.runs.tick();
    this.callbacks.wake();
    this.refresh.wake();
    void turn('key_rotation', this.rotation.runDue());
    void turn('trusted_keys', this.trustedKeys.renewDue());
    void turn('vault', this.vault.runDue());
  }

  /**
   * Takes no more work and finishes what is in hand, before anything that it needs is taken away. A run that lasts longer is handed back: its
   * row says how far it came. A refresh is waited for, however long.
   */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([
      this.runs.stop(),
      this.callbacks.stop(),
      this.refresh.stop(),
      this.rotation.settle(),
      this.vault.stop(),
    ]);
  }
}

/** These loops tell of their failures themselves. */
async function turn(loop: string, work: Promise<unknown>): Promise<void> {
  await work;
  signals.loopTurned.publish({ loop, result: 'ok' });
}
