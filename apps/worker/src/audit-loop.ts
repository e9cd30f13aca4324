import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { AuditChaining } from '#libs/audit';
import { Checkpointing } from '#libs/audit-chain';

const EVERY_MILLISECONDS = 1000;

/** Chains what was recorded, and signs what the chains have come to. */
@Injectable()
export class AuditLoop implements BeforeApplicationShutdown {
  constructor(
    private readonly chaining: AuditChaining,
    private readonly checkpointing: Checkpointing,
  ) {}

  @Interval(EVERY_MILLISECONDS)
  tick(): void {
    void this.chaining.runDue();
    void this.checkpointing.runDue();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.chaining.stop(), this.checkpointing.stop()]);
  }
}
