import { PLATFORM } from '#libs/tenants';
import { RequestLimits } from './request-limits.js';

/** Of the authorization endpoint and the return from the tenant's login: anybody may ask them, and each request of theirs is a row. */
export class SignInLimits extends RequestLimits {
  override arrived(): void {
    this.tally.take(PLATFORM, 'sign-ins', this.address);
  }
}
