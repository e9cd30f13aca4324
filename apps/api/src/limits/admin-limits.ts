import { Problem } from '#libs/errors';
import { PLATFORM } from '#libs/tenants';
import { RequestLimits } from './request-limits.js';

/** Of `/admin` and of signing in to the console: none but on guessing. An address that guesses is not heard at all, so that a right guess tells it nothing. */
export class AdminLimits extends RequestLimits {
  override arrived(): void {
    this.tally.require(PLATFORM, 'admin-failures', this.address);
  }

  override failed(error: unknown): unknown {
    if (error instanceof Problem && error.code === 'authentication_failed')
      this.tally.add(PLATFORM, 'admin-failures', this.address);
    return error;
  }
}
