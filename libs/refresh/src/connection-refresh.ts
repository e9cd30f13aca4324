import { Injectable } from '@nestjs/common';
import { ConnectionRefreshes, type ConnectionClaim, type Oauth2Credentials } from '#libs/connections';
import { Clock, secondsAfter } from '#libs/scheduling';
import { AlteredSecretError, Vault } from '#libs/vault';
import { presentAgainAt } from './present-again.js';
import { RefreshSettling, type PresentedWork } from './refresh-settling.js';
import { REFRESH_DEADLINE_SECONDS, TokenRefresh, type RefreshTurn } from './token-refresh.js';

/** For the commit after an answer that used up the whole deadline. */
const STORE_SECONDS = 5;

/**
 * One refresh of one connection: mark, call, write down, store. A refresh token whose last presentation has no known outcome is presented again
 * only when its provider puts up with that.
 */
@Injectable()
export class ConnectionRefresh {
  constructor(
    private readonly refreshes: ConnectionRefreshes,
    private readonly vault: Vault,
    private readonly tokens: TokenRefresh,
    private readonly settling: RefreshSettling,
    private readonly clock: Clock,
  ) {}

  /** @param written called when an answer is on the disk, and has only to be stored */
  async run(claim: ConnectionClaim, written?: () => void): Promise<void> {
    const { credentials: held, connection } = await this.refreshes.load(claim);
    if (held instanceof AlteredSecretError) return this.settling.altered(claim);
    // A key of the ring is missing here, or the wrapped one was altered: nothing that the user could mend. It is due again when the lease ends.
    if (held instanceof Error) throw held;
    // Reconnected or disconnected since the claim, it is not ours.
    if (connection?.version !== claim.version) return;
    const spent = held?.value.reveal();
    if (!held || spent?.kind !== 'oauth2' || spent.refreshToken === null) {
      await this.settling.ended(claim);
      return;
    }
    const app = await this.tokens.app(connection);
    if (typeof app === 'string') return this.settling.unready(claim, connection, app);
    if (connection.attemptVersion === held.version) {
      const again = presentAgainAt(app.rotation, connection);
      if (again > this.clock.now()) return this.settling.unanswered(claim, connection, again);
    }
    const turn = await this.tokens.turn(connection, app);
    if (turn instanceof Date) return this.refreshes.defer(claim, turn);
    using _ = turn;
    await this.#take(turn, { claim, connection, app, spentVersion: held.version, written }, spent);
  }

  async #take(
    turn: RefreshTurn,
    work: Omit<PresentedWork, 'attempts' | 'seal'>,
    spent: Oauth2Credentials,
  ): Promise<void> {
    const { claim, spentVersion } = work;
    using seal = await this.vault.sealFor(claim.tenantId);
    const attempts = this.#isInTime(claim) ? await this.refreshes.begin(claim, spentVersion) : null;
    if (attempts === null) return;
    // What could be answered after the lease is not asked: by then the same token may be another worker's to spend.
    if (!this.#isInTime(claim)) {
      await this.refreshes.withdraw(claim, this.clock.now());
      return;
    }
    await this.settling.settle({ ...work, attempts, seal }, await turn.ask(spent));
  }

  #isInTime({ leaseEnd }: ConnectionClaim): boolean {
    return secondsAfter(this.clock.now(), REFRESH_DEADLINE_SECONDS + STORE_SECONDS) <= leaseEnd;
  }
}
