import { Injectable } from '@nestjs/common';
import { Config } from '#libs/config';
import { Problem, Problems, problem, type ProblemCode } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { UpstreamError, type UpstreamProblem } from './upstream-error.js';
import type { Upstream } from './upstream.entity.js';

const MAX_DETAIL_CHARACTERS = 500;

interface Question {
  /** What was asked for, as a noun: `the choices`. */
  what: string;
  /** Of what is not the caller's fault. */
  code: Extract<ProblemCode, 'third_party_failed' | 'test_failed'>;
  /** Whether what was asked for is done there once it arrives. */
  hasEffect?: boolean;
}

/** What an upstream's failure is to our own caller: a sentence, and where their own request was wrong, the place in it. */
@Injectable()
export class UpstreamRefusals {
  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** @returns what to throw: anything but an UpstreamError as it is */
  of(
    error: unknown,
    upstream: Pick<Upstream, 'name' | 'title' | 'mode'>,
    { what, code, hasEffect = false }: Question,
  ): unknown {
    if (!(error instanceof UpstreamError)) return error;
    const { title } = upstream;
    const effect = { mayHaveEffect: hasEffect && error.mayHaveArrived };
    switch (error.kind) {
      case 'unlinked':
        return this.#unlinked(error, upstream);
      case 'refused':
        return refusal(error, title, { what, code });
      case 'throttled':
      case 'paused':
        return problem(code, `${title} can not be asked for ${what} now. ${error.message}`, this.#until(error));
      case 'lost':
        return problem(code, `${title} was asked for ${what}, and its answer did not arrive.`, effect);
      default:
        return problem(code, `${title} could not be asked for ${what}. ${error.message}`, effect);
    }
  }

  #unlinked(error: UpstreamError, { name, title, mode }: Pick<Upstream, 'name' | 'title' | 'mode'>): Problem {
    if (mode !== 'user') return problem('upstream_unlinked', error.message);
    const link = `${this.config.publicUrl}/oauth/upstream/${encodeURIComponent(name)}/start`;
    const remedy = `This user's ${title} account is not linked. Open ${link} with a session code of theirs.`;
    return problem('upstream_unlinked', remedy, { meta: { upstream: name, link } });
  }

  #until({ at }: UpstreamError): { retryAfterSeconds?: number } {
    if (!at) return {};
    return { retryAfterSeconds: Math.max(1, Math.ceil((at.getTime() - this.clock.now().getTime()) / 1000)) };
  }
}

/** A 400 is about what the caller sent, and a 404 about what they named; the rest is between us and the upstream. */
function refusal({ status, problems }: UpstreamError, title: string, { what, code }: Question): Error {
  const isCallers = status === 400 || status === 404 || status === 422;
  const own: ProblemCode = status === 404 ? 'not_found' : 'invalid';
  const [first, ...rest] = problems.map((one) => {
    const isTest = one.code === 'test_failed' || one.code === 'third_party_failed';
    const mapped = isTest ? (one.code as Question['code']) : isCallers ? own : code;
    return problem(mapped, `${title}: ${saidBy(one) ?? `it refused to give ${what}.`}`, sourceOf(one));
  });
  if (!first) return problem(isCallers ? own : code, `${title} refused to give ${what}.`);
  // What was tried has failed: that says more than a list of what may be wrong.
  return [first, ...rest].find((one) => one.code === 'test_failed') ?? new Problems([first, ...rest]);
}

function saidBy({ detail, title, code }: UpstreamProblem): string | null {
  return (detail ?? title ?? code)?.slice(0, MAX_DETAIL_CHARACTERS) ?? null;
}

/** Our requests have the form of theirs: what points into one points into the other. */
function sourceOf({ pointer }: UpstreamProblem) {
  return pointer?.startsWith('/data/') ? { source: { pointer } } : {};
}
