import type { Secret } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import type { SelectedSecret } from '#libs/vault';
import type { RunJob } from './run-job.entity.js';
import type { Run } from './run.entity.js';

/** A job under lease, as `claimDue` answers it. */
export interface JobClaim {
  tenantId: TenantId;
  id: string;
  version: number;
  leaseEnd: Date;
}

/** A job under lease, with its run as it was when it was claimed. */
export interface ClaimedRun {
  claim: JobClaim;
  run: Run;
  job: RunJob;
  /** Where the worker has them at hand. */
  inputs?: Secret<Record<string, unknown>>;
  /** What the step needs of its run, as it was read with the claim: the inputs, or where to look. */
  sealed?: { field: 'inputs' | 'poll_url'; secret: SelectedSecret };
}

/** A place in a worker's hands, for a run that is yet to be stored: its job is then under this lease from its beginning. */
export interface Reservation {
  owner: string;
  leaseEnd: Date;
}
