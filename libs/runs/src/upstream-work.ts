import type { TenantAppView } from '#libs/catalog';
import type { Upstream } from '#libs/upstream';
import type { ClaimedRun } from './claimed-run.js';
import { SAFE_TYPES } from './run-work.js';

type UpstreamSecurity = Extract<TenantAppView['definition']['security'], { kind: 'upstream' }>;

/** All that a step of a run through an upstream needs. */
export interface UpstreamWork extends ClaimedRun {
  app: TenantAppView;
  security: UpstreamSecurity;
  upstream: Upstream;
  /** Its type and key, which last. Its id there does not. */
  action: { type: string; key: string };
  /** It has no effect that could happen twice. */
  isSafe: boolean;
  /** Safe, or sent with a key by which the upstream is known to know it again. */
  mayRepeat: boolean;
}

/** Who asks at the upstream, and with which connection there. */
export interface UpstreamAccount {
  userId: string;
  /** Null for an action that needs none. */
  authentication: string | null;
}

/** Where to see what became of a run: what the upstream calls it, and whose it is. */
export interface RemotePlace {
  remoteId: string;
  userId: string;
}

export function upstreamSecurity({ definition: { security } }: TenantAppView): UpstreamSecurity | null {
  return security.kind === 'upstream' ? security : null;
}

/** `<type>.<key>`, as runs through upstreams name their actions: a key may hold dots, a type none. */
export function upstreamAction(actionKey: string): UpstreamWork['action'] {
  const end = actionKey.indexOf('.');
  return { type: actionKey.slice(0, Math.max(0, end)), key: actionKey.slice(end + 1) };
}

export function isSafeAction({ type }: UpstreamWork['action']): boolean {
  return SAFE_TYPES.has(type);
}
