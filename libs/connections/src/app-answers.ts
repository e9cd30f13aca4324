import { Injectable } from '@nestjs/common';
import { InputError, type OperationDefinition, type TenantAppView } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import { EgressError, retryAfterSeconds, type EgressResponse } from '#libs/egress';
import { problem, type ProblemCode } from '#libs/errors';
import { Clock, secondsAfter } from '#libs/scheduling';
import { AppCalls } from './app-calls.js';
import type { AppUseOwner } from './app-use.js';
import type { Credentials } from './credentials.js';
import { bodyOf } from './response-body.js';

const MAX_SAID_CHARACTERS = 300;

const MAX_PAUSES_KEPT = 1_000;

export interface AppQuestion {
  owner: AppUseOwner;
  app: TenantAppView;
  operation: OperationDefinition;
  /** Checked with `checkInputs` before. */
  inputs: Record<string, unknown>;
  credentials: Secret<Credentials>;
  /** What it was asked for, as a noun: `the choices`. */
  what: string;
  /** The code of the problem when it does not answer well. */
  code: ProblemCode;
  timeoutSeconds?: number;
}

/**
 * An app asked while a person waits: its good answer, or a problem that says in a sentence why there is none. After a 429 with `Retry-After`
 * this process asks it nothing for that connection until the time is over.
 */
@Injectable()
export class AppAnswers {
  /** When the pauses of connections end, the earliest begun first. */
  readonly #pauses = new Map<string, Date>();

  constructor(
    private readonly calls: AppCalls,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem of the question's code */
  async ask({ what, code, owner, ...call }: AppQuestion): Promise<EgressResponse> {
    const { title } = call.app.definition;
    const paused = this.#pausedSeconds(owner);
    if (paused > 0)
      throw problem(code, `${title} has had too many requests. Ask again in ${paused} s.`, {
        retryAfterSeconds: paused,
      });
    try {
      const response = await this.calls.call(call);
      if (response.status < 300) return response;
      const said = `${title} answered ${response.status} when asked for ${what}.${saidBy(response)}`;
      throw problem(code, said, this.#pause(owner, response));
    } catch (error) {
      if (error instanceof EgressError)
        throw problem(code, `${title} could not be asked for ${what}. ${error.message}`);
      if (error instanceof InputError) throw problem(code, `${title} can not be asked for ${what}. ${error.message}`);
      throw error;
    }
  }

  #pausedSeconds(owner: AppUseOwner): number {
    const until = this.#pauses.get(keyOf(owner));
    return until ? Math.max(0, Math.ceil((until.getTime() - this.clock.now().getTime()) / 1000)) : 0;
  }

  #pause(owner: AppUseOwner, { status, headers }: EgressResponse): { retryAfterSeconds?: number } {
    const now = this.clock.now();
    const seconds = status === 429 ? retryAfterSeconds(headers['retry-after'], now) : null;
    if (seconds === null) return {};
    const key = keyOf(owner);
    this.#pauses.delete(key);
    this.#pauses.set(key, secondsAfter(now, seconds));
    const [oldest] = this.#pauses.keys();
    if (this.#pauses.size > MAX_PAUSES_KEPT && oldest !== undefined) this.#pauses.delete(oldest);
    return { retryAfterSeconds: seconds };
  }
}

/** One account of one app. */
function keyOf({ tenantId, appId, connection }: AppUseOwner): string {
  return `${tenantId} ${appId} ${connection?.id ?? ''}`;
}

/** What the app says of itself, where it is JSON with a message in one of the usual places. */
function saidBy(response: EgressResponse): string {
  const body = bodyOf(response) as Record<string, unknown> | null;
  if (typeof body !== 'object' || body === null) return '';
  const { message, error, error_description: description, detail } = body;
  const nested = typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : error;
  const said = [message, description, detail, nested].find((text) => typeof text === 'string' && text !== '');
  return typeof said === 'string' ? ` It says: ${said.slice(0, MAX_SAID_CHARACTERS)}` : '';
}
