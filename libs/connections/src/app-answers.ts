import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InputError, type OperationDefinition, type TenantAppView } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import { EgressError, retryAfterSeconds, type EgressResponse } from '#libs/egress';
import { problem, type ProblemCode } from '#libs/errors';
import { Clock, secondsAfter } from '#libs/scheduling';
import { AppCalls } from './app-calls.js';
import { CallBudgets, type BudgetOwner } from './call-budgets.js';
import type { Credentials } from './credentials.js';
import { bodyOf } from './response-body.js';

const MAX_SAID_CHARACTERS = 300;
/** Longer than this nobody is kept waiting for a turn: they are told when to come back. */
const MAX_WAIT_SECONDS = 3;

export interface AppQuestion {
  budget: BudgetOwner;
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
 * An app asked while a person waits: its good answer, or a problem that says in a sentence why there is none. It counts as a call like a
 * run's, within the app's rate, and after a 429 with `Retry-After` nobody asks for that account until the time is over.
 */
@Injectable()
export class AppAnswers {
  constructor(
    private readonly calls: AppCalls,
    private readonly budgets: CallBudgets,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem of the question's code */
  async ask({ what, code, budget, ...call }: AppQuestion): Promise<EgressResponse> {
    const { title } = call.app.definition;
    const seconds = await this.#turn(budget, call.app);
    if (seconds > 0)
      throw problem(code, `${title} has had too many requests. Ask again in ${seconds} s.`, {
        retryAfterSeconds: seconds,
      });
    try {
      const response = await this.calls.call(call);
      if (response.status < 300) return response;
      const said = `${title} answered ${response.status} when asked for ${what}.${saidBy(response)}`;
      throw problem(code, said, await this.#pause(budget, response));
    } catch (error) {
      if (error instanceof EgressError)
        throw problem(code, `${title} could not be asked for ${what}. ${error.message}`);
      if (error instanceof InputError) throw problem(code, `${title} can not be asked for ${what}. ${error.message}`);
      throw error;
    }
  }

  /** Books a call, and waits for it where that is not long. @returns 0, or after how many seconds it is worth asking again: then none is booked */
  async #turn(owner: BudgetOwner, { definition: { rate } }: TenantAppView): Promise<number> {
    const free = rate ? await this.budgets.freeAt(owner, rate) : await this.budgets.pausedUntil(owner);
    const seconds = free ? this.#secondsTo(free) : 0;
    if (seconds > (rate ? MAX_WAIT_SECONDS : 0)) return Math.ceil(seconds);
    if (!rate) return 0;
    const left = this.#secondsTo(await this.budgets.book(owner, rate));
    // Others booked in the same moment.
    if (left > 2 * MAX_WAIT_SECONDS) return Math.ceil(left);
    await wait(left * 1000);
    return 0;
  }

  #secondsTo(time: Date): number {
    return Math.max(0, (time.getTime() - this.clock.now().getTime()) / 1000);
  }

  async #pause(owner: BudgetOwner, { status, headers }: EgressResponse): Promise<{ retryAfterSeconds?: number }> {
    const now = this.clock.now();
    const seconds = status === 429 ? retryAfterSeconds(headers['retry-after'], now) : null;
    if (seconds === null) return {};
    await this.budgets.pause(owner, secondsAfter(now, seconds));
    return { retryAfterSeconds: seconds };
  }
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
