import { ConnectFailure } from '#libs/connect';
import { FAILURE_COST } from '#libs/limits';
import { PLATFORM } from '#libs/tenants';
import { RequestLimits } from './request-limits.js';

/** Of links that redeem a session code. The pages behind them need the cookie that the code was traded for. */
export class ConnectLimits extends RequestLimits {
  override arrived(): void {
    this.tally.take(PLATFORM, 'connect-links', this.address);
  }

  override failed(error: unknown): unknown {
    if (error instanceof ConnectFailure && error.error === 'invalid_request')
      this.tally.add(PLATFORM, 'connect-links', this.address, FAILURE_COST - 1);
    return error;
  }
}
