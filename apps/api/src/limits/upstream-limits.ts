import { Problem } from '#libs/errors';
import { FAILURE_COST } from '#libs/limits';
import { PLATFORM } from '#libs/tenants';
import { RequestLimits } from './request-limits.js';

/** Of callbacks from upstreams: all of an upstream's come from few addresses. */
export class UpstreamLimits extends RequestLimits {
  override arrived(): void {
    this.tally.take(PLATFORM, 'upstream-callbacks', this.address);
  }

  override failed(error: unknown): unknown {
    if (error instanceof Problem && error.status < 500)
      this.tally.add(PLATFORM, 'upstream-callbacks', this.address, FAILURE_COST - 1);
    return error;
  }
}
