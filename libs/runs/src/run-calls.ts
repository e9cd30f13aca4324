import { Injectable } from '@nestjs/common';
import type { AppRequest, OperationDefinition, TenantAppView } from '#libs/catalog';
import { AppCalls } from '#libs/connections';
import { answerLimits, EgressError, type EgressResponse } from '#libs/egress';
import { Clock } from '#libs/scheduling';
import type { Asked } from './classify.js';
import { asked, type RunWork } from './run-work.js';

/** Of one call, its redirects included. */
export const CALL_SECONDS = answerLimits.action.seconds;
const MAX_REDIRECTS = 5;
const FOLLOWED = new Set([301, 302, 307, 308]);

/** What came of a call, and what it is judged by. */
export interface Called {
  answer: EgressResponse | EgressError;
  asked: Asked;
}

/** Calls of runs to their apps. Only a GET follows redirects, and only within its own server: the token goes with it. */
@Injectable()
export class RunCalls {
  constructor(
    private readonly calls: AppCalls,
    private readonly clock: Clock,
  ) {}

  /** @throws InputError */
  build(app: TenantAppView, operation: OperationDefinition, inputs: Record<string, unknown>): AppRequest {
    return this.calls.build(app, operation, inputs);
  }

  async ask(work: RunWork, request: AppRequest): Promise<Called> {
    const answer = await this.#send(work, request).catch((error: unknown) => {
      if (error instanceof EgressError) return error;
      throw error;
    });
    return { answer, asked: asked(work, this.clock.now()) };
  }

  /** @throws EgressError */
  async #send({ app, credentials }: RunWork, request: AppRequest): Promise<EgressResponse> {
    const end = this.clock.now().getTime() + CALL_SECONDS * 1000;
    let next = request;
    for (let redirects = 0; ; redirects += 1) {
      const left = Math.max(1, (end - this.clock.now().getTime()) / 1000);
      const response = await this.calls.send(app, next, credentials, left);
      const url = redirects < MAX_REDIRECTS ? redirected(next, response) : null;
      if (url === null) return response;
      next = { ...next, url };
    }
  }
}

/** RFC 9110 §10.2.2: a Location is relative to the request's own URL. */
export function withinServer(location: string | null | undefined, url: string): string | null {
  if (location === null || location === undefined || !URL.canParse(location, url)) return null;
  const target = new URL(location, url);
  return target.origin === new URL(url).origin ? target.href : null;
}

function redirected({ method, url }: AppRequest, { status, headers }: EgressResponse): string | null {
  return method === 'GET' && FOLLOWED.has(status) ? withinServer(headers.location, url) : null;
}
