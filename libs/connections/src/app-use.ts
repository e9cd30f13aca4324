import type { TenantAppView } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import type { BudgetOwner } from './call-budgets.js';
import type { Credentials } from './credentials.js';

/** An app as one user uses it, through one connection. */
export interface AppUse {
  readonly app: TenantAppView;
  /** All that an answer of the app may depend on besides the question: what is kept for one owner is shown to no other. */
  readonly owner: AppUseOwner;
  readonly budget: BudgetOwner;
  /** Taken only when the app is asked. */
  readonly credentials: () => Promise<Secret<Credentials>>;
}

interface AppUseOwner {
  readonly tenantId: string;
  readonly userId: string;
  readonly appId: string;
  readonly version: number;
  readonly serverUrl: string | null;
  /** With when its credentials were last set: another account may be behind it since. Null for an app that needs none. */
  readonly connection: { readonly id: string; readonly since: string } | null;
}
