import { Injectable, Logger } from '@nestjs/common';
import {
  Connections,
  Identities,
  readTokenAnswer,
  type Account,
  type Connection,
  type Credentials,
} from '#libs/connections';
import { Secret } from '#libs/crypto';
import { Clock, secondsAfter } from '#libs/scheduling';
import type { TokenAnswer } from './app-oauth2-strategy.js';
import { AttemptSteps } from './attempt-steps.store.js';
import { Attempts, MAX_TRIES } from './attempts.store.js';
import type { ConnectAttempt } from './connect-attempt.entity.js';
import { ConnectCompletion, type Candidate } from './connect-completion.js';
import { ConnectFailure, failureOf, failures } from './connect-failure.js';
import type { ConnectStep } from './connect-result.js';
import type { ConsentContext } from './consent-contexts.js';
import { upstreamOfAccount } from './upstream-address.js';
import type { RemoteConnection } from './upstream-return.js';
import { readCredentials, readTyped, type FieldName, type Typed } from './credential-fields.js';

/** Longer than the token request and the identity operation may take together: whoever asked is not there any more. */
const WORKING_SECONDS = 60;
/** More accounts of one app than a person has. */
const ACCOUNTS = 100;

/** A form that is shown again: what was typed, and what was wrong with it. */
export interface FormAgain {
  typed: Typed;
  problems: Partial<Record<FieldName, string>>;
  /** Of all of it, by the third party. */
  refusal: 'refused' | 'unreachable' | null;
  triesLeft: number;
}

/** Makes a connection out of what the third party or the person gave, as far as it goes without asking the person. */
@Injectable()
export class Connecting {
  readonly #log = new Logger('Connect');

  constructor(
    private readonly attempts: Attempts,
    private readonly steps: AttemptSteps,
    private readonly completion: ConnectCompletion,
    private readonly identities: Identities,
    private readonly connections: Connections,
    private readonly clock: Clock,
  ) {}

  /** Where the attempt stands. It is read afresh: another request of the same browser may have moved it on. */
  async step(context: ConsentContext): Promise<ConnectStep> {
    const attempt = (await this.attempts.again(context.attempt)) ?? context.attempt;
    return this.standing({ ...context, attempt });
  }

  /** The same, for an attempt that was read just now. */
  async standing(context: ConsentContext): Promise<ConnectStep> {
    const { attempt } = context;
    switch (attempt.state) {
      case 'failed':
        return { kind: 'ended', result: { ...context, failure: failureOf(attempt) } };
      case 'pending':
      case 'connected':
        return this.#connected(context, attempt.connectionId ?? '');
      case 'abandoned':
        return { kind: 'ended', result: { ...context, failure: failures.sessionExpired() } };
      default:
        return this.#underWay(context);
    }
  }

  /** What the account is called that is to be renewed. Null where there is none, or it has no name. */
  async renewedAccount({ attempt: { tenantId, userId, reconnectId } }: ConsentContext): Promise<string | null> {
    const renewed = reconnectId === null ? null : await this.connections.find(tenantId, userId, reconnectId);
    return renewed?.accountTitle ?? renewed?.accountId ?? null;
  }

  /** With the third party's answer to the code. */
  consented(context: ConsentContext, { members, askedAt }: TokenAnswer): Promise<ConnectStep> {
    return this.#orFail(context, async () => {
      const credentials = readTokenAnswer(members, askedAt, { refreshToken: null, scopes: context.app.scopes });
      if (!credentials) throw failures.oauth('invalid_token_response');
      const secret = new Secret<Credentials>(credentials);
      const checked = await this.identities.check(context.app, secret);
      if ('failed' in checked) throw failures.oauth(checked.failed);
      return this.#connect(context, secret, checked.account);
    });
  }

  /** With an account that its upstream holds for the person. */
  held(context: ConsentContext, { id, title }: RemoteConnection): Promise<ConnectStep> {
    const credentials = new Secret<Credentials>({ kind: 'upstream', id });
    return this.#orFail(context, () => this.#connect(context, credentials, { id, title }));
  }

  /** With what our page heard from a popup. Null when it heard it before, or the attempt is over. */
  async endPopup(context: ConsentContext): Promise<ConsentContext | null> {
    const attempt = await this.steps.endPopup(context.attempt);
    return attempt && { ...context, attempt };
  }

  /** With credentials that the person typed: tried before they are saved, ten times at most. */
  async submitted(context: ConsentContext, body: unknown): Promise<ConnectStep | FormAgain> {
    const { security } = context.app.definition;
    const typed = readTyped(security, body);
    const read = readCredentials(security, typed);
    if ('problems' in read) {
      const triesLeft = MAX_TRIES - context.attempt.tries;
      return { typed: shown(typed), problems: read.problems, refusal: null, triesLeft };
    }
    const attempt = await this.steps.beginTry(context.attempt);
    if (!attempt) return this.step(context);
    return this.#orFail(context, async () => {
      const secret = new Secret<Credentials>(read.credentials);
      const checked = await this.identities.tryOut(context.app, secret);
      if ('account' in checked) return this.#connect({ ...context, attempt }, secret, checked.account);
      if (checked.failed === 'misconfigured') throw failures.oauth(checked.failed);
      return this.#tryAgain(attempt, typed, checked.failed);
    });
  }

  /** With the person's answer to the question what becomes of the connection that they have already. */
  async chosen(context: ConsentContext, choice: 'renew' | 'both'): Promise<ConnectStep> {
    const { duplicateId } = context.attempt;
    const candidate = duplicateId === null ? null : await this.completion.held(context.attempt);
    if (!candidate) return this.step(context);
    return this.#orFail(context, async () => {
      // It may have been disconnected while the person was thinking.
      const { tenantId, userId } = context.attempt;
      const isThere = (await this.connections.find(tenantId, userId, duplicateId ?? '')) !== null;
      return this.#complete(context, candidate, choice === 'renew' && isThere ? duplicateId : null);
    });
  }

  async #connect(context: ConsentContext, credentials: Secret<Credentials>, account: Account): Promise<ConnectStep> {
    const { attempt } = context;
    await this.#refuseOtherAccount(attempt, account.id);
    const candidate = this.completion.candidate(context, credentials, account);
    const duplicate = attempt.reconnectId === null ? await this.#duplicateOf(context, account) : null;
    // What an upstream holds is one thing, however often it is connected: to ask about it would be to ask about nothing.
    if (context.upstream !== null)
      return this.#complete(context, candidate, attempt.reconnectId ?? duplicate?.id ?? null);
    if (!duplicate) return this.#complete(context, candidate, attempt.reconnectId);
    await this.completion.hold(attempt, candidate);
    await this.steps.ask(attempt, duplicate.id);
    return this.step(context);
  }

  async #complete(context: ConsentContext, candidate: Candidate, reconnectId: string | null): Promise<ConnectStep> {
    const made = await this.completion.complete(context, candidate, reconnectId);
    return made ? { kind: 'ended', result: { ...context, ...made } } : this.step(context);
  }

  async #connected(context: ConsentContext, connectionId: string): Promise<ConnectStep> {
    const isPending = context.attempt.state === 'pending';
    const connectCode = isPending ? await this.completion.connectCode(context.attempt) : null;
    return { kind: 'ended', result: { ...context, connectionId, connectCode } };
  }

  async #underWay(context: ConsentContext): Promise<ConnectStep> {
    const { attempt, app } = context;
    if (attempt.duplicateId !== null) {
      const held = await this.completion.held(attempt);
      const account = held?.account.title ?? held?.account.id ?? app.definition.title;
      return { kind: 'choose', context, account };
    }
    if (attempt.returnedAt === null) return { kind: 'ask', context };
    if (secondsAfter(attempt.returnedAt, WORKING_SECONDS) > this.clock.now()) return { kind: 'working', context };
    return this.#failed(context, failures.unexpected());
  }

  async #tryAgain(attempt: ConnectAttempt, typed: Typed, refusal: 'refused' | 'unreachable'): Promise<FormAgain> {
    const triesLeft = MAX_TRIES - attempt.tries;
    if (triesLeft <= 0) throw failures.tooManyTries();
    return { typed: shown(typed), problems: {}, refusal, triesLeft };
  }

  async #refuseOtherAccount(attempt: ConnectAttempt, accountId: string | null): Promise<void> {
    const { tenantId, userId, reconnectId, anyAccount } = attempt;
    if (reconnectId === null || anyAccount) return;
    const renewed = await this.connections.find(tenantId, userId, reconnectId);
    if (renewed?.accountId && accountId !== renewed.accountId) throw failures.otherAccount();
  }

  /** One that the partner has not confirmed is nobody's yet: it is not told of. */
  async #duplicateOf({ attempt, tenant, app }: ConsentContext, { id }: Account): Promise<Connection | null> {
    const isAccount = upstreamOfAccount(app.definition.key) !== null;
    if (id === null && !isAccount) return null;
    const page = { appId: app.id, limit: ACCOUNTS, offset: 0 };
    const { connections } = await this.connections.list(tenant.id, attempt.userId, page);
    const same = connections.filter(({ userId, accountId, status }) => {
      return userId === attempt.userId && (isAccount || accountId === id) && status !== 'pending';
    });
    return same[0] ?? null;
  }

  /** Whatever happens, the partner and the person are told; what we did not foresee is logged as well. */
  async #orFail<T>(context: ConsentContext, work: () => Promise<T>): Promise<T | ConnectStep> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ConnectFailure) return this.#failed(context, error);
      this.#log.error({ detail: 'A connection could not be made.', attempt: context.attempt.id, cause: error });
      return this.#failed(context, failures.unexpected());
    }
  }

  /** Unless it succeeded meanwhile: then that is how it ended. */
  async #failed(context: ConsentContext, failure: ConnectFailure): Promise<ConnectStep> {
    await this.completion.fail(context.attempt, failure.description);
    const attempt = await this.attempts.again(context.attempt);
    if (attempt?.state === 'pending' || attempt?.state === 'connected')
      return this.#connected({ ...context, attempt }, attempt.connectionId ?? '');
    return { kind: 'ended', result: { ...context, failure } };
  }
}

/** What was typed goes back into the form, but for what is secret. */
function shown({ username }: Typed): Typed {
  return username === undefined ? {} : { username };
}
