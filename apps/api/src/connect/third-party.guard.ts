import { Injectable, Logger, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import {
  failures,
  thirdPartyStrategy,
  type ConsentContext,
  type ThirdPartyRequest,
  type TokenAnswer,
} from '#libs/connect';

/** What passport made of the request: a place to send the browser to, tokens, or the reason why there are none. */
type ThirdPartyOutcome =
  { redirect: string } | { tokens: TokenAnswer } | { failure: ReturnType<typeof failures.oauth> };

export type ConsentRequest = FastifyRequest & {
  consent: ConsentContext;
  thirdParty: ThirdPartyOutcome;
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

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ConsentRequest>();
    const response = new ThinResponse();
    request.passport = {
      request: { query: request.query as Record<string, string>, consent: request.consent },
      response,
    };
    // On a redirect passport calls nobody back: the guard's promise then stays open, and the response tells.
    const authenticated = Promise.resolve(super.canActivate(context)).then(
      () => request.passport.request as { user?: TokenAnswer },
    );
    request.thirdParty = await Promise.race([
      response.redirected.then((redirect) => ({ redirect })),
      authenticated.then(({ user }) => (user ? { tokens: user } : { failure: failures.declined() })),
    ]).catch((error: unknown) => {
      this.#log.warn({ request: request.id, detail: 'The third party could not be asked, or refused.', cause: error });
      return { failure: failures.oauth(reasonOf(error)) };
    });
    return true;
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

/** The third party's own code (RFC 6749 §4.1.2.1, §5.2) where it gave one; never its free text. */
function reasonOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[a-z_]{1,64}$/.test(code) ? code : 'the app did not answer as expected';
}
