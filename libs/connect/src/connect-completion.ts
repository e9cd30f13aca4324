import { Injectable } from '@nestjs/common';
import type { Account, Credentials, NewConnection } from '#libs/connections';
import { Connections } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { Vault, type SecretPlace } from '#libs/vault';
import { Attempts } from './attempts.store.js';
import type { ConnectAttempt } from './connect-attempt.entity.js';
import { failures } from './connect-failure.js';
import { ConnectLinks } from './connect-links.store.js';
import type { ConsentContext } from './consent-contexts.js';

/** An account that the third party has agreed to, on its way to a connection. */
export type Candidate = Omit<NewConnection, 'status'>;
/** As the vault keeps it. */
type Kept = Omit<Candidate, 'credentials'> & { credentials: Credentials };

/** Makes the connection out of a consent, and usable out of the partner's confirmation. */
@Injectable()
export class ConnectCompletion {
  constructor(
    private readonly database: Database,
    private readonly attempts: Attempts,
    private readonly links: ConnectLinks,
    private readonly connections: Connections,
    private readonly vault: Vault,
  ) {}

  candidate({ attempt, app }: ConsentContext, credentials: Secret<Credentials>, account: Account): Candidate {
    const { security } = app.definition;
    const keepAliveSeconds = security.kind === 'oauth2' ? (security.refresh?.keepAliveSeconds ?? null) : null;
    const names =
      security.kind === 'upstream' ? [account.title ?? app.definition.title] : [app.definition.title, account.title];
    const title = names.filter(Boolean).join(' ');
    return { userId: attempt.userId, appId: app.id, title, account, credentials, keepAliveSeconds };
  }

  /**
   * The connection, the attempt's success and the use of its link are one transaction: none is made for an attempt that was cancelled
   * meanwhile, nor a second one for a button that was pressed twice.
   * @returns null when the attempt was over
   */
  async complete(
    { attempt, tenant }: ConsentContext,
    candidate: Candidate,
    reconnectId: string | null,
  ): Promise<{ connectionId: string; connectCode: string | null } | null> {
    const needsConfirmation = tenant.connectPolicy === 'strict';
    const made = { connectionId: '', connectCode: null as string | null };
    const committed = await this.database.of(tenant.id).commitIf(async (tx) => {
      if (attempt.linkId !== null && !(await this.links.use(tenant.id, attempt.linkId, attempt.id, tx))) return false;
      // The verifier, and what was held while the person was asked: neither is needed once this is through.
      await this.vault.forget(tenant.id, { kind: 'connect-attempt', rowId: attempt.id }, tx);
      made.connectionId = await this.#establish(attempt, candidate, reconnectId, needsConfirmation, tx);
      const success = await this.attempts.succeed(attempt, made.connectionId, needsConfirmation, tx);
      made.connectCode = success?.connectCode ?? null;
      // For the same browser again: a page that is loaded twice must still be able to tell the partner.
      if (made.connectCode !== null) await this.#put(attempt, 'connect_code', made.connectCode, tx);
      return success !== null;
    });
    return committed ? made : null;
  }

  /** Uses up a connect code of this user's own attempt and makes its connection usable. False when it is not right or was used. */
  confirm(tenantId: TenantId, userId: string, attemptId: string, connectCode: string): Promise<boolean> {
    return this.database.of(tenantId).commitIf(async (tx) => {
      const attempt = await this.attempts.confirm(tenantId, userId, attemptId, connectCode, tx);
      if (!attempt) return false;
      const renewal = await this.vault.get<Kept>(tenantId, placeOf(attempt, 'renewal'), tx);
      if (renewal) await this.#renew(attempt, renewal.value, tx);
      else if (attempt.connectionId !== null) await this.connections.confirm(tenantId, attempt.connectionId, tx);
      await this.vault.forget(tenantId, { kind: 'connect-attempt', rowId: attempt.id }, tx);
      return true;
    });
  }

  /** The code that the partner confirms with, while it has not. */
  async connectCode(attempt: ConnectAttempt): Promise<string | null> {
    const held = await this.vault.get<string>(attempt.tenantId, placeOf(attempt, 'connect_code'));
    return held?.value.reveal() ?? null;
  }

  /** While the person is asked what to do with it. */
  async hold(attempt: ConnectAttempt, candidate: Candidate): Promise<void> {
    await this.#put(attempt, 'candidate', keptOf(candidate));
  }

  async held(attempt: ConnectAttempt): Promise<Candidate | null> {
    const held = await this.vault.get<Kept>(attempt.tenantId, placeOf(attempt, 'candidate'));
    return held && candidateOf(held.value);
  }

  /** Nothing happens to an attempt that is over. */
  async fail(attempt: ConnectAttempt, description: string): Promise<void> {
    const { tenantId, id: rowId } = attempt;
    if (await this.attempts.fail(attempt, description))
      await this.vault.forget(tenantId, { kind: 'connect-attempt', rowId });
  }

  /** Its session code came back from another browser. A connection that waits for the partner's confirmation can't get it any more. */
  async endReused(attempt: ConnectAttempt): Promise<void> {
    const { tenantId, id: rowId } = attempt;
    await this.database.of(tenantId).commitIf(async (tx) => {
      const ended = await this.attempts.endReused(attempt, failures.usedToken().description, tx);
      if (ended) await this.vault.forget(tenantId, { kind: 'connect-attempt', rowId }, tx);
      return ended;
    });
  }

  /** A connection that is to be renewed stays as it is until the partner confirms: who never does must not break it. */
  async #establish(
    attempt: ConnectAttempt,
    candidate: Candidate,
    reconnectId: string | null,
    needsConfirmation: boolean,
    tx: Transaction,
  ): Promise<string> {
    if (needsConfirmation && reconnectId !== null) {
      await this.#put(attempt, 'renewal', keptOf(candidate), tx);
      return reconnectId;
    }
    const status = needsConfirmation ? 'pending' : 'connected';
    return this.connections.establish(attempt.tenantId, { ...candidate, status }, reconnectId, tx);
  }

  async #renew(attempt: ConnectAttempt, renewal: Secret<Kept>, tx: Transaction): Promise<void> {
    const connection = { ...candidateOf(renewal), status: 'connected' as const };
    await this.connections.establish(attempt.tenantId, connection, attempt.connectionId, tx);
  }

  async #put(attempt: ConnectAttempt, field: string, value: unknown, tx?: Transaction): Promise<void> {
    await this.vault.put(attempt.tenantId, placeOf(attempt, field), new Secret(value), tx);
  }
}

function keptOf(candidate: Candidate): Kept {
  return { ...candidate, credentials: candidate.credentials.reveal() };
}

function candidateOf(kept: Secret<Kept>): Candidate {
  const { credentials, ...values } = kept.reveal();
  return { ...values, credentials: new Secret(credentials) };
}

function placeOf({ id }: ConnectAttempt, field: string): SecretPlace {
  return { kind: 'connect-attempt', rowId: id, field };
}
