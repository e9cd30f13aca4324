import { Injectable } from '@nestjs/common';
import type { Transaction } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { Vault } from '#libs/vault';
import { credentialsPlace } from './connection-secrets.js';
import { ConnectionTransitions, FIRST_OWN_PARAMETER, type ChangeAuthor } from './connection-transitions.js';
import type { Connection } from './connection.entity.js';
import type { Credentials } from './credentials.js';
import { lookDueAt } from './refresh-due.js';

const SOURCE = { pointer: '/data/disabled' };

/** Switches a connection off, so that nothing runs with it and it is not refreshed, and on again. The caller holds its row. */
@Injectable()
export class Switching {
  constructor(
    private readonly vault: Vault,
    private readonly transitions: ConnectionTransitions,
    private readonly clock: Clock,
  ) {}

  /** The claim of a refresh under way is void; its answer is stored all the same. @throws Problem conflict for one that is pending */
  async off(tx: Transaction, row: Connection, author: ChangeAuthor): Promise<void> {
    if (row.status === 'disabled') return;
    if (row.status === 'pending')
      throw problem('conflict', 'A connection that is not confirmed yet can not be disabled. Delete it.', {
        source: SOURCE,
      });
    const change = {
      name: 'disable',
      from: row.status,
      to: 'disabled',
      author,
      reason: 'It is switched off.',
    } as const;
    const set = `disabled_from = $${FIRST_OWN_PARAMETER}, due_at = NULL, lease_until = NULL, lease_owner = NULL`;
    await this.transitions.make(tx, row, { ...change, set, parameters: [row.status] });
  }

  /** @returns whether its token is to be looked at right now */
  async on(tx: Transaction, row: Connection, author: ChangeAuthor): Promise<boolean> {
    if (row.status !== 'disabled') return false;
    const to = row.disabledFrom ?? 'connected';
    const needsUser = to === 'needs_reauth';
    const dueAt = needsUser ? null : await this.#dueAt(tx, row, to === 'degraded');
    const reason = needsUser ? 'It had to be connected again before it was switched off.' : null;
    const change = { name: 'enable', from: row.status, to, author, reason } as const;
    const set = `disabled_from = NULL, due_at = $${FIRST_OWN_PARAMETER}`;
    await this.transitions.make(tx, row, { ...change, set, parameters: [dueAt] });
    return dueAt !== null && dueAt <= this.clock.now();
  }

  /** One that failed to be refreshed is tried at once. */
  async #dueAt(tx: Transaction, row: Connection, isFailing: boolean): Promise<Date | null> {
    const held = await this.vault.get<Credentials>(row.tenantId, credentialsPlace(row.id), tx);
    const dueAt = held && lookDueAt(held.value.reveal(), row.keepAliveSeconds);
    return dueAt && isFailing ? this.clock.now() : dueAt;
  }
}
