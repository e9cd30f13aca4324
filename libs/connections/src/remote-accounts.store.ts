import { Injectable } from '@nestjs/common';
import { Secret } from '#libs/crypto';
import { Database, type Queryable, type TenantId, type Transaction } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { columns } from './connection-columns.js';
import { ConnectionEstablishment } from './connection-establishment.js';
import { ConnectionTransitions, REFRESH, owner, type ChangeAuthor } from './connection-transitions.js';
import type { Connection, ConnectionStatus } from './connection.entity.js';
import type { Credentials } from './credentials.js';
import { lockDefaults } from './default-connection.js';

/** An account of an app that an upstream holds, as it lists it. */
export interface RemoteAccount {
  id: string;
  title: string;
  isExpired: boolean;
}

interface Place {
  userId: string;
  appId: string;
}

/** An upstream may take a moment to list what it has just made. */
const SETTLING_SECONDS = 120;
const EXPIRED = 'It has expired where it is held: connect the account again.';
const GONE = 'It is no longer where it was held: connect the account again.';

/**
 * Connections whose accounts an upstream holds, known by their id there, which is the account's. The rows of a user's app are changed one list
 * at a time, so that none comes twice.
 */
@Injectable()
export class RemoteAccounts {
  constructor(
    private readonly database: Database,
    private readonly establishment: ConnectionEstablishment,
    private readonly transitions: ConnectionTransitions,
    private readonly clock: Clock,
  ) {}

  /**
   * Brings the user's connections of the app in step with what the upstream lists of them. One that was disconnected here does not come back,
   * though the upstream may hold it still.
   * @param mayAdd asked only where the list has accounts that are not known
   */
  async keepInStep(
    tenantId: TenantId,
    place: Place,
    accounts: readonly RemoteAccount[],
    mayAdd: () => Promise<boolean>,
  ): Promise<void> {
    const changes = this.#changes(await rowsOf(this.database.of(tenantId), tenantId, place), accounts);
    const adds = changes.added.length > 0 && (await mayAdd());
    if (!adds && changes.moved.length === 0) return;
    await this.database.of(tenantId).transaction(async (tx) => {
      await lockDefaults(tx, tenantId, place.userId);
      const { added, moved } = this.#changes(await rowsOf(tx, tenantId, place, 'FOR UPDATE'), accounts);
      for (const { row, account } of moved) await this.#move(tx, row, account);
      if (adds) for (const account of added) await this.#add(tx, tenantId, place, account);
    });
  }

  /** One that the user has made there just now. @returns the id of its connection, the same if it is registered already */
  async register(tenantId: TenantId, place: Place, account: RemoteAccount, address: string | null): Promise<string> {
    return this.database.of(tenantId).transaction(async (tx) => {
      await lockDefaults(tx, tenantId, place.userId);
      const known = (await rowsOf(tx, tenantId, place)).find((row) => isLive(row) && row.accountId === account.id);
      return known?.id ?? this.#add(tx, tenantId, place, account, owner(place.userId, address));
    });
  }

  /** Whose it is, or was. */
  async ownerOf(tenantId: TenantId, connectionId: string): Promise<string | null> {
    const [row] = await this.database
      .of(tenantId)
      .query<Pick<Connection, 'userId'>>(
        `SELECT user_id AS "userId" FROM connections WHERE tenant_id = $1 AND id = $2`,
        [tenantId, connectionId],
      );
    return row?.userId ?? null;
  }

  #changes(rows: readonly Connection[], accounts: readonly RemoteAccount[]) {
    const listed = new Map(accounts.map((account) => [account.id, account]));
    const known = new Set(rows.map(({ accountId }) => accountId));
    const moved = rows.filter(isLive).flatMap((row) => {
      const account = listed.get(row.accountId ?? '') ?? null;
      return this.#isInStep(row, account) ? [] : [{ row, account }];
    });
    return { added: [...listed.values()].filter(({ id }) => !known.has(id)), moved };
  }

  #isInStep(row: Connection, account: RemoteAccount | null): boolean {
    if (row.status === 'pending') return true;
    const isSettling = row.lastRefreshedAt > secondsAfter(this.clock.now(), -SETTLING_SECONDS);
    if (account === null) return isSettling || statusOf(row, true) === row.status;
    return row.accountTitle === account.title && statusOf(row, account.isExpired) === row.status;
  }

  /** A title that the user has changed here stays theirs. */
  async #move(tx: Transaction, row: Connection, account: RemoteAccount | null): Promise<void> {
    const { tenantId, id, status } = row;
    if (account && account.title !== row.accountTitle) {
      await tx.query(
        `UPDATE connections SET title = CASE WHEN title = account_title AND $3 <> '' THEN $3 ELSE title END, account_title = $3
          WHERE tenant_id = $1 AND id = $2`,
        [tenantId, id, account.title],
      );
    }
    const to = statusOf(row, account?.isExpired ?? true);
    if (to === status) return;
    const isBack = to === 'connected';
    const reason = isBack ? null : account ? EXPIRED : GONE;
    const name = isBack ? 'recover' : 'refuse';
    await this.transitions.make(tx, { tenantId, id }, { name, from: status, to, author: REFRESH, reason });
  }

  async #add(
    tx: Transaction,
    tenantId: TenantId,
    place: Place,
    { id: remoteId, title, isExpired }: RemoteAccount,
    author: ChangeAuthor = owner(place.userId),
  ): Promise<string> {
    const account = { id: remoteId, title };
    const credentials = new Secret<Credentials>({ kind: 'upstream', id: remoteId });
    const named = title === '' ? remoteId : title;
    const values = { ...place, title: named, status: 'connected', account, credentials, author } as const;
    const id = await this.establishment.establish(tx, tenantId, values, null);
    const refusal = {
      name: 'refuse',
      from: 'connected',
      to: 'needs_reauth',
      author: REFRESH,
      reason: EXPIRED,
    } as const;
    if (isExpired) await this.transitions.make(tx, { tenantId, id }, refusal);
    return id;
  }
}

function isLive({ status }: Connection): boolean {
  return status !== 'deleted';
}

/** One that is switched off stays so, whatever becomes of it there. */
function statusOf({ status }: Connection, isExpired: boolean): ConnectionStatus {
  if (status === 'disabled' || status === 'pending') return status;
  if (isExpired) return 'needs_reauth';
  return status === 'needs_reauth' ? 'connected' : status;
}

/** With those that were deleted. */
function rowsOf(
  queryable: Queryable,
  tenantId: TenantId,
  { userId, appId }: Place,
  locking: '' | 'FOR UPDATE' = '',
): Promise<Connection[]> {
  return queryable.query<Connection>(
    `SELECT ${columns} FROM connections WHERE tenant_id = $1 AND user_id = $2 AND app_id = $3 ORDER BY id ${locking}`,
    [tenantId, userId, appId],
  );
}
