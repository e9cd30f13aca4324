import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantId } from '#libs/database';
import {
  type Answer,
  createSigningTenant,
  createTestDatabase,
  createUpstream,
  createUser,
  type HttpServer,
  json,
  type ReceivedRequest,
  startHttpServer,
  startTestApp,
  type TestApp,
  type TestDatabase,
} from '#libs/testing';
import { SigningKeysModule } from '#libs/signing-keys';
import { type Upstream, UpstreamModule, UpstreamTokens } from './index.js';

let database: TestDatabase;
let app: TestApp;
let server: HttpServer;
let tenantId: TenantId;
let userId: string;
let upstream: Upstream;

const options = () => ({ databaseUrl: database.url, imports: [SigningKeysModule, UpstreamModule] });

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startHttpServer();
  app = await startTestApp(options());
});
beforeEach(async () => {
  // Whatever was paused before is not any more.
  app.clock.advance(3600);
  tenantId = await createSigningTenant(app);
  userId = await createUser(app, tenantId);
  upstream = await createUpstream(app, tenantId, server.origin);
  issued = 0;
  server.answerWith(api());
});
afterAll(async () => {
  await app?.close();
  await server?.close();
  await database?.drop();
});

let issued = 0;
const isTokenCall = ({ url }: ReceivedRequest) => url === '/oauth/token';
const token: Answer = (request, response) => {
  issued += 1;
  return json(200, { access_token: `token-${issued}`, token_type: 'Bearer', expires_in: 3600 })(request, response);
};

/** Tokens for everybody, and `answer` to all else. */
function api(answer: Answer = json(200, { data: [] }), tokens: Answer = token): Answer {
  return (request, response) => (isTokenCall(request) ? tokens : answer)(request, response);
}

const tokenCalls = () => server.requests.filter(isTokenCall);
const forms = () => tokenCalls().map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
const typeOf = (form: Record<string, string> | undefined) => form?.subject_token_type?.replace(/^.*:/, '');
const refusal = (error: string) => json(400, { error });

/** Access tokens for JWTs, and for a session code what `answer` says of the type of the subject. */
const tokensAnd =
  (answer: (type: string | undefined) => Answer): Answer =>
  (asked, response) => {
    const form = Object.fromEntries(new URLSearchParams(asked.body));
    const isCode = form.requested_token_type?.endsWith(':connect-token');
    return (isCode ? answer(typeOf(form)) : token)(asked, response);
  };

describe('a session code', () => {
  const RESOURCE = 'https://connect.example/to/SlackCLIAPI';
  const codeFor = () => app.get(UpstreamTokens).sessionCode(upstream, userId, RESOURCE);
  const code = json(200, { access_token: 'code-1', token_type: 'N_A', expires_in: 360 });

  it('is given for the access token, with the address that it is for', async () => {
    server.answerWith(
      api(
        undefined,
        tokensAnd((type) => (type === 'access-token' ? code : refusal('invalid_request'))),
      ),
    );
    expect((await codeFor()).reveal()).toBe('code-1');
    expect(forms()).toHaveLength(2);
    expect(forms()[1]).toMatchObject({ subject_token: 'token-1', scope: 'connection:write', resource: RESOURCE });
  });

  it.each(['invalid_request', 'unauthorized_client'])(
    'is given for the JWT where the access token is %s, which is remembered',
    async (error) => {
      server.answerWith(
        api(
          undefined,
          tokensAnd((type) => (type === 'external-jwt' ? code : refusal(error))),
        ),
      );
      expect((await codeFor()).reveal()).toBe('code-1');
      server.requests.length = 0;
      await codeFor();
      expect(forms().map(typeOf)).toEqual(['external-jwt']);
    },
  );

  it('is asked for with another access token when the first has ended there', async () => {
    let ended = true;
    const answer = () => {
      const said = ended ? refusal('invalid_grant') : code;
      ended = false;
      return said;
    };
    server.answerWith(api(undefined, tokensAnd(answer)));
    await codeFor();
    expect(forms().map(typeOf)).toEqual(['external-jwt', 'access-token', 'external-jwt', 'access-token']);
  });

  it('that is given for neither is explained by the refusal of the first', async () => {
    server.answerWith(
      api(
        undefined,
        tokensAnd(() => refusal('invalid_request')),
      ),
    );
    await expect(codeFor()).rejects.toMatchObject({ kind: 'unavailable', status: 400 });
  });

  it('for an address that is not allowed is not asked for again', async () => {
    server.answerWith(
      api(
        undefined,
        tokensAnd(() => refusal('invalid_target')),
      ),
    );
    await expect(codeFor()).rejects.toMatchObject({ problems: [{ code: 'invalid_target' }] });
    expect(forms()).toHaveLength(2);
  });
});
