import { Injectable } from '@nestjs/common';
import { TenantErasure } from '#libs/tenants';
import { DataKeyRenewal } from './data-key-renewal.js';
import { RewrapRunner } from './rewrap-runner.js';

/** What workers do for the vault. */
@Injectable()
export class VaultWorker {
  constructor(
    private readonly rewraps: RewrapRunner,
    private readonly renewal: DataKeyRenewal,
    private readonly erasure: TenantErasure,
  ) {}

  /** For a tick: never throws. */
  async runDue(): Promise<void> {
    await Promise.all([this.rewraps.runDue(), this.renewal.runDue(), this.erasure.runDue()]);
  }

  /** Finishes the transactions in hand. */
  async stop(): Promise<void> {
    await Promise.all([this.rewraps.stop(), this.erasure.stop()]);
  }
}
