import OAuth2Strategy from 'passport-oauth2';
import { EgressError, type Egress } from '#libs/egress';

/** What the third party's token endpoint gave for the code. */
export interface TokenAnswer {
  /** The answer's members (RFC 6749 §5.1). */
  members: Record<string, unknown>;
  /** Taken before the request. */
  askedAt: Date;
}

/** passport-oauth2 tells its state stores apart by the number of their parameters: these two forms are the ones for PKCE. */
export interface PkceStateStore {
  store(
    request: unknown,
    verifier: string,
    state: unknown,
    meta: unknown,
    done: (error: Error | null, state?: string) => void,
  ): void;
  verify(
    request: unknown,
    state: string,
    meta: unknown,
    done: (error: Error | null, verifier: string | false) => void,
  ): void;
}

interface StrategyOptions {
  authorizationUrl: string;
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  callbackUrl: string;
  scopes: readonly string[];
  stateStore: PkceStateStore;
  /** The time of the token request. */
  askedAt: Date;
}

type HttpCallback = (
  error: { statusCode: number; data: string } | Error | null,
  body?: string,
  response?: unknown,
) => void;

/** passport-oauth2 with PKCE, whose token request goes through `egress` instead of a client of its own. */
export function appOauth2Strategy(options: StrategyOptions, egress: Egress): OAuth2Strategy {
  const strategy = new OAuth2Strategy(
    {
      authorizationURL: options.authorizationUrl,
      tokenURL: options.tokenUrl,
      clientID: options.clientId,
      clientSecret: options.clientSecret,
      callbackURL: options.callbackUrl,
      scope: [...options.scopes],
      pkce: true,
      state: true,
      store: options.stateStore,
      skipUserProfile: true,
    } as unknown as OAuth2Strategy.StrategyOptions,
    answerWith(options.askedAt),
  );
  // `_oauth2` is "protected" by its documentation: subclasses may use it, and it is the only way to the HTTP client.
  const { _oauth2: client } = strategy as unknown as { _oauth2: object };
  Object.assign(client, { _request: requestThrough(egress) });
  return strategy;
}

/** Its five parameters are what tells passport-oauth2 to pass the members of the answer, from which it took the refresh token. */
function answerWith(askedAt: Date) {
  return (
    accessToken: string,
    refreshToken: string | undefined,
    members: Record<string, unknown>,
    _profile: unknown,
    done: OAuth2Strategy.VerifyCallback,
  ): void => {
    const answer: TokenAnswer = {
      members: { ...members, access_token: accessToken, refresh_token: refreshToken },
      askedAt,
    };
    done(null, answer);
  };
}

function requestThrough(egress: Egress) {
  return (
    method: string,
    url: string,
    headers: Record<string, string>,
    body: string,
    _token: unknown,
    done: HttpCallback,
  ) => {
    const sent = { accept: 'application/json', ...headers };
    egress.request({ method, url, headers: sent, body, purpose: 'connect' }).then(
      (response) => {
        const text = response.body.toString('utf8');
        if (response.status >= 200 && response.status < 300) done(null, text, response);
        else done({ statusCode: response.status, data: text });
      },
      (error: unknown) =>
        done(error instanceof EgressError ? error : new Error('The token request failed.', { cause: error })),
    );
  };
}
