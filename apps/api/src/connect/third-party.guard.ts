import { Injectable, Logger, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import {
  failures,
  isIssuer,
  thirdPartyStrategy,
  type ConsentContext,
  type ThirdPartyRequest,
  type TokenAnswer,
  type UpstreamOutcome,
  UpstreamWay,
} from '#libs/connect';
import { EgressError } from '#libs/egress';

/** What passport, or an upstream, made of the request: a place to send the browser to, tokens, or the reason why there are none. */
type ThirdPartyOutcome = UpstreamOutcome | { tokens: TokenAnswer };

export type ConsentRequest = FastifyRequest & {
  consent: ConsentContext;
  /** For the forms of the attempt's pages. */
  formToken: string;
  /** What the third party returned with; set by the route that it returns to. */
  answer?: Record<string, string>;
  /** Null when the attempt went on without this request. */
  thirdParty: ThirdPartyOutcome | null;
  passport: { request: ThirdPartyRequest; response: ThinResponse };
};

/** The few members of an Express response that passport uses, turned into a value: it answers a redirect by ending the response. */
class ThinResponse {
  statusCode = 200;
  #location = '';
  #redirected: (location: string) => void = () => undefined;
  readonly redirected = new Promise<string>((resolve) => (this.#redirected = resolve));

  setHeader(name: string, value: string): void {
    if (name.toLowerCase() === 'location') this.#location = value;
  }

  end(): void {
    this.#redirected(this.#location);
  }
}

/** Hands the request to the third party's strategy. Runs behind a guard that has set `consent`. */
@Injectable()
export class ThirdPartyGuard extends AuthGuard(thirdPartyStrategy) {
  readonly #log = new Logger('Connect');

  constructor(private readonly way: UpstreamWay) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ConsentRequest>();
    const { consent, answer } = request;
    request.thirdParty = mayAsk(consent, answer) && !isForeignStart(request) ? await this.#ask(context, request) : null;
    return true;
  }

  async #ask(context: ExecutionContext, request: ConsentRequest): Promise<ThirdPartyOutcome> {
    const { consent, answer = {} } = request;
    if (this.way.isFor(consent)) {
      const isPopup = (request.query as { window?: unknown }).window === 'popup';
      return request.answer ? this.way.back(consent, request.answer) : this.way.go(consent, isPopup);
    }
    const { security } = consent.app.definition;
    // Before the code is shown to anybody: it may be meant for another server (RFC 9207 §2.4).
    if (security.kind === 'oauth2' && !isIssuer(security, answer.iss)) return { failure: failures.wrongIssuer() };
    const response = new ThinResponse();
    request.passport = { request: { query: answer, consent }, response };
    // On a redirect passport calls nobody back: the guard's promise then stays open, and the response tells.
    const authenticated = Promise.resolve(super.canActivate(context)).then(
      () => request.passport.request as { user?: TokenAnswer },
    );
    return Promise.race([
      response.redirected.then((redirect) => ({ redirect })),
      authenticated.then(({ user }) => (user ? { tokens: user } : { failure: failures.declined() })),
    ]).catch((error: unknown) => {
      this.#log.warn({ request: request.id, detail: 'The third party could not be asked, or refused.', cause: error });
      return { failure: failures.oauth(reasonOf(error)) };
    });
  }

  override getRequest(context: ExecutionContext): ThirdPartyRequest {
    return context.switchToHttp().getRequest<ConsentRequest>().passport.request;
  }

  getResponse(context: ExecutionContext): ThinResponse {
    return context.switchToHttp().getRequest<ConsentRequest>().passport.response;
  }

  override handleRequest<User>(error: unknown, user: User | false): User {
    if (error) throw error;
    return user as User;
  }
}

/** Another site that sends the browser here would spare the person the page that says who asks: they get that page instead. */
function isForeignStart({ answer, headers, consent }: ConsentRequest): boolean {
  const site = headers['sec-fetch-site'];
  // The person has pressed it before, and comes back from connecting the account that comes first.
  if (consent.upstream !== null && consent.attempt.state === 'consenting') return false;
  return answer === undefined && (site === 'cross-site' || site === 'same-site');
}

/** A start in another tab after the third party has returned would make its answer void. */
function mayAsk({ attempt: { state, returnedAt } }: ConsentContext, answer: object | undefined): boolean {
  return answer !== undefined || ((state === 'opened' || state === 'consenting') && returnedAt === null);
}

/** The third party's own code (RFC 6749 §4.1.2.1, §5.2) where it gave one; never its free text. */
function reasonOf(error: unknown): string {
  const { code, oauthError } = error as { code?: unknown; oauthError?: unknown };
  if (typeof code === 'string' && /^[a-z_]{1,64}$/.test(code)) return code;
  if (oauthError instanceof EgressError) return oauthError.failure;
  const { statusCode } = Object(oauthError) as { statusCode?: number };
  return statusCode !== undefined && statusCode >= 500 ? 'server_error' : 'unexpected_answer';
}
