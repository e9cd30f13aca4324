import { Injectable, Logger } from '@nestjs/common';
import { InputError } from '#libs/catalog';
import { Connections, Identities, readTokenAnswer, type NewConnection } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { Database, type TenantId, type Transaction } from '#libs/database';
import { EgressError } from '#libs/egress';
import { Problem } from '#libs/errors';
import { Vault } from '#libs/vault';
import type { TokenAnswer } from './app-oauth2-strategy.js';
import { Attempts } from './attempts.store.js';
import type { ConnectAttempt } from './connect-attempt.entity.js';
import { ConnectFailure, failures } from './connect-failure.js';
import type { ConsentContext } from './consent-contexts.js';

type Renewal = Omit<NewConnection, 'credentials' | 'status'> & { credentials: ReturnType<typeof readTokenAnswer> };

/** Makes the connection out of a consent, and usable out of the partner's confirmation. */
@Injectable()
export class ConnectCompletion {
  readonly #log = new Logger('Connect');

  constructor(
    private readonly database: Database,
    private readonly attempts: Attempts,
    private readonly connections: Connections,
    private readonly identities: Identities,
    private readonly vault: Vault,
  ) {}

  /**
   * The connection and the attempt's success are one transaction: none is made for an attempt that was cancelled meanwhile.
   * @throws ConnectFailure
   */
  async complete(
    context: ConsentContext,
    answer: TokenAnswer,
  ): Promise<{ connectionId: string; connectCode: string | null }> {
    const { attempt, tenant } = context;
    const values = await this.#connection(context, answer).catch((error: unknown) => this.#fail(error));
    const needsConfirmation = tenant.connectPolicy === 'strict';
    const made = { connectionId: '', connectCode: null as string | null };
    const committed = await this.database.commitIf(async (tx) => {
      made.connectionId = await this.#establish(attempt, values, needsConfirmation, tx);
      const success = await this.attempts.succeed(attempt, made.connectionId, needsConfirmation, tx);
      made.connectCode = success?.connectCode ?? null;
      return success !== null;
    });
    if (!committed) throw failures.declined();
    return made;
  }

  /** Uses up a connect code of this user's own attempt and makes its connection usable. False when it is not right or was used. */
  confirm(tenantId: TenantId, userId: string, attemptId: string, connectCode: string): Promise<boolean> {
    return this.database.commitIf(async (tx) => {
      const attempt = await this.attempts.confirm(tenantId, userId, attemptId, connectCode, tx);
      if (!attempt) return false;
      const renewal = await this.vault.get<Renewal>(tenantId, renewalOf(attempt), tx);
      if (renewal) await this.#renew(attempt, renewal.value, tx);
      else if (attempt.connectionId !== null) await this.connections.confirm(tenantId, attempt.connectionId, tx);
      return true;
    });
  }

  async #connection(
    { attempt, app }: ConsentContext,
    { members, askedAt }: TokenAnswer,
  ): Promise<Omit<NewConnection, 'status'>> {
    const credentials = readTokenAnswer(members, askedAt, { refreshToken: null, scopes: app.scopes });
    if (!credentials) throw failures.oauth('invalid_token_response');
    const secret = new Secret(credentials);
    const account = await this.identities.identify(app, secret);
    await this.#refuseOtherAccount(attempt, account.id);
    const title = [app.definition.title, account.title].filter(Boolean).join(' ');
    const { security } = app.definition;
    const keepAliveSeconds = security.kind === 'oauth2' ? (security.refresh?.keepAliveSeconds ?? null) : null;
    return { userId: attempt.userId, appId: app.id, title, account, credentials: secret, keepAliveSeconds };
  }

  /** A connection that is to be renewed stays as it is until the partner confirms: who never does must not break it. */
  async #establish(
    attempt: ConnectAttempt,
    values: Omit<NewConnection, 'status'>,
    needsConfirmation: boolean,
    tx: Transaction,
  ): Promise<string> {
    const { tenantId, reconnectId } = attempt;
    if (needsConfirmation && reconnectId !== null) {
      const renewal = { ...values, credentials: values.credentials.reveal() };
      await this.vault.put(tenantId, renewalOf(attempt), new Secret(renewal), tx);
      return reconnectId;
    }
    const status = needsConfirmation ? 'pending' : 'connected';
    return this.connections.establish(tenantId, { ...values, status }, reconnectId, tx);
  }

  async #renew(attempt: ConnectAttempt, renewal: Secret<Renewal>, tx: Transaction): Promise<void> {
    const { credentials, ...values } = renewal.reveal();
    if (!credentials) throw new Error('A renewal without credentials was stored.');
    const connection = { ...values, credentials: new Secret(credentials), status: 'connected' as const };
    await this.connections.establish(attempt.tenantId, connection, attempt.connectionId, tx);
    await this.vault.forget(attempt.tenantId, { kind: 'connect-attempt', rowId: attempt.id }, tx);
  }

  async #refuseOtherAccount(
    { tenantId, userId, reconnectId }: ConnectAttempt,
    accountId: string | null,
  ): Promise<void> {
    const renewed = reconnectId === null ? null : await this.connections.find(tenantId, userId, reconnectId);
    if (renewed?.accountId && accountId !== renewed.accountId) throw failures.otherAccount();
  }

  #fail(error: unknown): never {
    if (error instanceof ConnectFailure) throw error;
    if (!(error instanceof Problem || error instanceof EgressError || error instanceof InputError)) throw error;
    this.#log.warn({ detail: 'The account could not be identified.', cause: error });
    throw failures.oauth(error.message);
  }
}

function renewalOf({ id }: ConnectAttempt) {
  return { kind: 'connect-attempt' as const, rowId: id, field: 'renewal' };
}
