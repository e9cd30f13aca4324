import type { ConnectionStatus } from './connection.entity.js';

/** Why a refresh brought nothing, and what becomes of the connection. */
export interface RefreshFailure {
  status: Extract<ConnectionStatus, 'connected' | 'degraded' | 'needs_reauth'>;
  reason: string;
  /** Next try, or null when only the user can mend it. */
  dueAt: Date | null;
  /**
   * `in_vain`: the third party answered · `unknown`: it may have spent the refresh token · `no`: it was not asked, so that marks of earlier
   * presentations stay as they are, and the failure does not count towards giving up.
   */
  presented: 'in_vain' | 'unknown' | 'no';
}
