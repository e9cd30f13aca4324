import { Injectable, Logger } from '@nestjs/common';
import { Connections } from '#libs/connections';
import { isUuid } from '#libs/database';
import { Clock } from '#libs/scheduling';
import { AttemptSteps } from './attempt-steps.store.js';
import { Attempts, type LinkParameters } from './attempts.store.js';
import type { ConnectAttempt } from './connect-attempt.entity.js';
import { ConnectCompletion } from './connect-completion.js';
import { AttemptElsewhere, ConnectFailure, failures } from './connect-failure.js';
import type { ConnectResult, FailedContext } from './connect-result.js';
import { ConsentContexts, type ConsentContext } from './consent-contexts.js';

/** Where a browser came back to: the address of a tenant's app, or of an upstream. */
export type ReturnPath = { tenantSlug: string; appKey: string } | { upstreamName: string };

type CookieOf = (attemptId: string) => string | undefined;
export type Opened = ConsentContext & { cookie: string };

/** The way of a browser from the session code to the third party and back. */
@Injectable()
export class ConnectFlow {
  readonly #log = new Logger('Connect');

  constructor(
    private readonly attempts: Attempts,
    private readonly steps: AttemptSteps,
    private readonly contexts: ConsentContexts,
    private readonly connections: Connections,
    private readonly completion: ConnectCompletion,
    private readonly clock: Clock,
  ) {}

  /**
   * Redeems a session code. Once, whatever comes of it; the browser that redeemed it may open the link again, and is where it was. In any
   * other it is somebody else's use of it, and which of the two is the thief nobody knows: unless they came together,
   * what it began ends.
   * @returns the attempt and the cookie that binds the browser, or how it failed and for whom
   * @throws ConnectFailure when not even the tenant is known, so that there is nobody to return to
   * @throws AttemptElsewhere
   */
  async open(
    code: string,
    app: string,
    link: LinkParameters,
    cookieOf: CookieOf = () => undefined,
  ): Promise<Opened | ConnectResult> {
    // Not an id at all: refused before the code is used up, which a mended link then still opens.
    if (link.reconnectId !== null && !isUuid(link.reconnectId)) throw failures.invalidReconnect();
    try {
      const redeemed = await this.attempts.redeem(code, link);
      if (!redeemed) throw await this.#whyUnredeemed(code, cookieOf);
      return await this.#opened(redeemed, app);
    } catch (error) {
      if (error instanceof ConnectFailure || error instanceof AttemptElsewhere) throw error;
      this.#log.error({ detail: 'A session could not be begun.', cause: error });
      throw failures.uninitialised();
    }
  }

  /** An attempt that a hosted link has begun. */
  openedByLink(attempt: ConnectAttempt, cookie: string, app: string): Promise<Opened | ConnectResult> {
    return this.#opened({ attempt, cookie, codeExpired: false }, app);
  }

  /** To go on with it. @throws ConnectFailure when this browser has no such attempt, or took too long */
  async resume(attemptId: string, cookie: string | undefined): Promise<ConsentContext> {
    return this.contexts.of(await this.#own(attemptId, cookie));
  }

  /** To show how it stands. @throws as resume */
  async look(attemptId: string, cookie: string | undefined): Promise<ConsentContext> {
    return this.contexts.ofPage(await this.#own(attemptId, cookie));
  }

  /**
   * The attempt that a returned `state` belongs to. The browser must be the one that began, and the path must be that of the attempt's own
   * tenant and app, or of its upstream.
   * @throws ConnectFailure
   * @throws AttemptElsewhere when this browser brought the same state before
   */
  async returned(state: string, path: ReturnPath, cookieOf: CookieOf): Promise<ConsentContext> {
    const returned = await this.steps.endConsent(state);
    if (!returned) throw failures.otherBrowser();
    const { attempt, again } = returned;
    const isOwn = this.steps.belongsTo(attempt, cookieOf(attempt.id));
    if (again) throw isOwn && !isSpoilt(attempt) ? new AttemptElsewhere(attempt.id) : failures.otherBrowser();
    const context = await this.contexts.of(attempt).catch(async (error: unknown) => {
      // Switched off while the person was away: whoever asks how it went is to know that it is over.
      if (error instanceof ConnectFailure) await this.completion.fail(attempt, error.description);
      throw error;
    });
    if (!isPathOf(path, context) || !isOwn) {
      const detail = isOwn
        ? 'A state came back at the address of another app.'
        : 'A state came back in another browser.';
      this.#log.warn({ detail, tenant: attempt.tenantId, attempt: attempt.id });
      await this.completion.fail(attempt, failures.otherBrowser().description);
      throw failures.otherBrowser();
    }
    return context;
  }

  async failed(context: FailedContext, failure: ConnectFailure): Promise<ConnectResult> {
    await this.completion.fail(context.attempt, failure.description);
    const { attempt, tenant, app } = context;
    return { attempt, tenant, app, failure };
  }

  async #own(attemptId: string, cookie: string | undefined): Promise<ConnectAttempt> {
    const attempt = await this.attempts.ofBrowser(attemptId, cookie);
    if (!attempt) throw failures.otherBrowser();
    if (attempt.expiresAt <= this.clock.now()) throw failures.sessionExpired();
    return attempt;
  }

  async #whyUnredeemed(code: string, cookieOf: CookieOf): Promise<Error> {
    const before = await this.attempts.redeemed(code);
    if (!before) return failures.invalidToken();
    if (this.steps.belongsTo(before, cookieOf(before.id))) return new AttemptElsewhere(before.id);
    await this.completion.endReused(before);
    return failures.usedToken();
  }

  async #opened(
    { attempt, cookie, codeExpired }: { attempt: ConnectAttempt; cookie: string; codeExpired: boolean },
    app: string,
  ): Promise<Opened | ConnectResult> {
    const tenant = await this.contexts.tenantOf(attempt);
    if (!tenant) throw failures.invalidToken();
    for (const uri of [attempt.redirectUri, attempt.fallbackUri]) {
      if (uri === null || tenant.redirectUris.includes(uri)) continue;
      await this.completion.fail(attempt, 'Invalid redirect_uri');
      throw failures.invalidRedirect();
    }
    const failed = (failure: ConnectFailure) => this.failed({ attempt, tenant, app: null }, failure);
    if (codeExpired) return failed(failures.tokenExpired());
    const context = await this.contexts.of(attempt).catch((error: unknown) => failureIn(error));
    if (context instanceof ConnectFailure) {
      if (context.description === failures.invalidToken().description) throw context;
      return failed(context);
    }
    const { definition, id } = context.app;
    if (app !== definition.key && app.toLowerCase() !== id) return failed(failures.invalidApp());
    if (!(await this.#mayReconnect(context))) return failed(failures.invalidReconnect());
    return { ...context, cookie };
  }

  async #mayReconnect({ attempt, tenant, app }: ConsentContext): Promise<boolean> {
    if (attempt.reconnectId === null) return true;
    if (!isUuid(attempt.reconnectId)) return false;
    const connection = await this.connections.find(tenant.id, attempt.userId, attempt.reconnectId);
    return connection?.appId === app.id;
  }
}

function isPathOf(path: ReturnPath, { tenant, app, upstream }: ConsentContext): boolean {
  if ('upstreamName' in path) return upstream?.name === path.upstreamName;
  return tenant.slug === path.tenantSlug && app.definition.key === path.appKey;
}

/** Another browser brought its state, or it came back at another app's address: there is nothing to show of it. */
function isSpoilt({ state, error }: ConnectAttempt): boolean {
  return state === 'failed' && error === failures.otherBrowser().description;
}

function failureIn(error: unknown): ConnectFailure {
  if (error instanceof ConnectFailure) return error;
  throw error;
}
