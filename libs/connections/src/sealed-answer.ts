import type { TenantId } from '#libs/database';
import type { SealedValue } from '#libs/vault';
import type { TokenFacts } from './token-facts.js';

/** The credentials that a refresh brought, sealed for the place that they will stand in: they can be kept outside the database until then. */
export interface SealedAnswer {
  tenantId: TenantId;
  connectionId: string;
  appId: string;
  /** Version of the credentials in the vault that were spent for it. */
  spentVersion: number;
  sealed: SealedValue;
  facts: TokenFacts;
}
