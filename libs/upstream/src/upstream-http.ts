import { Injectable } from '@nestjs/common';
import { Egress, EgressError, retryAfterSeconds, type EgressResponse } from '#libs/egress';
import { parseJson } from '#libs/json';
import { Clock, secondsAfter } from '#libs/scheduling';
import { UpstreamBudgets } from './upstream-budgets.js';
import { UpstreamCircuits } from './upstream-circuits.js';
import { UpstreamError } from './upstream-error.js';
import { readProblems } from './upstream-problems.js';
import type { UpstreamAnswer, UpstreamRequest } from './upstream-request.js';
import type { Upstream } from './upstream.entity.js';

export interface UpstreamSend extends Pick<
  UpstreamRequest,
  'urgency' | 'timeoutSeconds' | 'isReturning' | 'keepsLine' | 'beforeSend'
> {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/** One call to an upstream, within its budget and when it works, and what its answer means. */
@Injectable()
export class UpstreamHttp {
  constructor(
    private readonly egress: Egress,
    private readonly budgets: UpstreamBudgets,
    private readonly circuits: UpstreamCircuits,
    private readonly clock: Clock,
  ) {}

  /** @returns an answer of 2xx @throws UpstreamError */
  async send(upstream: Upstream, request: UpstreamSend): Promise<UpstreamAnswer> {
    const isProbe = await this.circuits.enter(upstream);
    await this.budgets.take(upstream, request).catch(async (error: unknown) => {
      if (isProbe) await this.circuits.leave(upstream);
      throw error;
    });
    try {
      const answer = this.#judge(upstream, await this.#sent(upstream, request));
      await this.circuits.answered(upstream);
      return answer;
    } catch (error) {
      if (error instanceof UpstreamError) await this.#note(upstream, error, isProbe);
      throw error;
    }
  }

  async #sent(
    upstream: Upstream,
    { method, url, headers, body, timeoutSeconds, beforeSend }: UpstreamSend,
  ): Promise<EgressResponse> {
    await beforeSend?.();
    try {
      return await this.egress.request({
        method,
        url,
        headers,
        ...(body !== undefined && { body }),
        ...(timeoutSeconds !== undefined && { timeoutSeconds }),
        purpose: 'upstream',
      });
    } catch (error) {
      throw error instanceof EgressError ? unanswered(upstream, error) : error;
    }
  }

  async #note(upstream: Upstream, error: UpstreamError, isProbe: boolean): Promise<void> {
    if (error.kind === 'throttled' && error.at) await this.budgets.pause(upstream, error.at);
    const isFailure = error.kind === 'unavailable' || error.kind === 'unreachable' || error.kind === 'lost';
    if (isFailure) await this.circuits.failed(upstream, error.message, isProbe);
    else await this.circuits.answered(upstream);
  }

  #judge(upstream: Upstream, { status, headers, body: bytes }: EgressResponse): UpstreamAnswer {
    const body = parsed(bytes);
    const said = `${upstream.title} answered ${status}`;
    if (status === 429) {
      const seconds = retryAfterSeconds(headers['retry-after'], this.clock.now(), 3600) ?? 0;
      const at = secondsAfter(this.clock.now(), Math.max(seconds, upstream.windowSeconds));
      throw new UpstreamError('throttled', `${said}: it has had too many calls.`, { status, at });
    }
    if (status >= 200 && status < 300 && body !== undefined) return { status, headers, body };
    if (status >= 400 && status < 500 && status !== 408 && !isPage(headers)) {
      const problems = readProblems(body);
      const [first] = problems;
      const why = first?.detail ?? first?.title ?? first?.code;
      throw new UpstreamError('refused', why ? `${said}: ${why}` : `${said}.`, {
        status,
        problems,
        mayHaveArrived: true,
      });
    }
    const seconds = retryAfterSeconds(headers['retry-after'], this.clock.now(), 3600);
    const at = seconds === null ? null : secondsAfter(this.clock.now(), seconds);
    const sense = body === undefined ? ', with something that is no JSON, or nested deeper than 500 levels.' : '.';
    throw new UpstreamError('unavailable', said + sense, { status, at, mayHaveArrived: true });
  }
}

function unanswered({ title }: Upstream, error: EgressError): UpstreamError {
  const { mayHaveArrived } = error;
  // An answer came, and it is none of ours to read.
  if (error.failure === 'too_large')
    return new UpstreamError('refused', `${title} answered more than is read.`, { mayHaveArrived });
  const message = `${title} could not be asked. ${error.message}`;
  return new UpstreamError(mayHaveArrived ? 'lost' : 'unreachable', message, { mayHaveArrived, cause: error });
}

/** Null for an empty body, undefined for one that can't be read. */
function parsed(bytes: Buffer): unknown {
  const text = bytes.toString('utf8').trim();
  return text === '' ? null : parseJson(text);
}

/** Of a proxy or a firewall before it: the API answers no pages. */
function isPage(headers: Record<string, string>): boolean {
  return /^\s*text\/html\b/i.test(headers['content-type'] ?? '');
}
