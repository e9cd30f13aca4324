import type { TenantAppView } from '#libs/catalog';
import type { Tenant } from '#libs/tenants';
import type { ConnectAttempt } from './connect-attempt.entity.js';
import type { ConnectFailure } from './connect-failure.js';
import type { ConsentContext } from './consent-contexts.js';

/** Whom a failure is told to. The app may be unknown. */
export interface FailedContext {
  attempt: ConnectAttempt;
  tenant: Tenant;
  app: TenantAppView | null;
}

type Success = ConsentContext & { connectionId: string; connectCode: string | null };

/** How an attempt ended, for the page or the redirect that tells the partner. */
export type ConnectResult = Success | (FailedContext & { failure: ConnectFailure });

/** Where an attempt stands, for the page that the person sees. */
export type ConnectStep =
  | { kind: 'ask'; context: ConsentContext }
  /** The third party is being asked by another request of the same browser. */
  | { kind: 'working'; context: ConsentContext }
  | { kind: 'choose'; context: ConsentContext; account: string }
  | { kind: 'ended'; result: ConnectResult };
