import { describe, expect, it } from 'vitest';
import { asTenantId } from '#libs/database';
import type { Client } from '#libs/tenants';
import { authorizationRequest, clientIdOf, redirectTarget } from './authorization-parameters.js';

const REDIRECT_URI = 'https://app.example/callback';
const CHALLENGE = 'c'.repeat(43);
const ASKED = { response_type: 'code', scope: 'zap', state: 's' };

const client = (changes: Partial<Client> = {}): Client => ({
  tenantId: asTenantId('00000000-0000-7000-8000-000000000001'),
  clientId: 'gate_client_1',
  name: 'A',
  secretDigest: Buffer.alloc(32),
  previousSecretDigest: null,
  previousSecretUntil: null,
  grants: ['authorization_code'],
  scopes: ['zap', 'profile', 'webhook:read'],
  redirectUris: [REDIRECT_URI],
  refreshGraceSeconds: 30,
  refreshLifetimeSeconds: null,
  disabledAt: null,
  createdAt: new Date(0),
  ...changes,
});
const publicClient = client({ secretDigest: null });

function read(changes: Record<string, unknown> = {}, of = client()) {
  const query = { ...ASKED, redirect_uri: REDIRECT_URI, ...changes };
  return authorizationRequest(query, of, redirectTarget(query, of));
}

describe('what is asked', () => {
  it('is read as it stands, without what we do not know', () => {
    const prefill = { sign_up_email: 'ada@app.example', referer: 'x', response_mode: 'query', utm_source: ['a', 'b'] };
    expect(read(prefill)).toEqual({
      clientId: 'gate_client_1',
      responseType: 'code',
      redirectUri: REDIRECT_URI,
      redirectUriGiven: true,
      scopes: ['zap'],
      state: 's',
      codeChallenge: null,
      consentForced: false,
    });
  });

  it('is all that users can allow the client, where it names no scope', () => {
    expect(read({ scope: undefined })).toMatchObject({ scopes: ['zap', 'profile'] });
  });

  it('may name the response_mode that its response_type has anyway', () => {
    expect(read({ response_mode: 'query' })).toMatchObject({ responseType: 'code' });
    const implicit = client({ grants: ['implicit'] });
    expect(read({ response_type: 'token', response_mode: 'fragment' }, implicit)).toMatchObject({
      responseType: 'token',
    });
  });

  it('may be asked to be shown again', () => {
    expect(read({ approval_prompt: 'force' })).toMatchObject({ consentForced: true });
    expect(read({ approval_prompt: 'auto' })).toMatchObject({ consentForced: false });
  });

  it('may be a token, for a client that is registered for it, whatever it says of PKCE', () => {
    const asked = { response_type: 'token', code_challenge: 'x' };
    expect(read(asked, client({ grants: ['implicit'], secretDigest: null }))).toMatchObject({
      responseType: 'token',
      codeChallenge: null,
    });
  });

  it.each([client(), publicClient])('may have a code_challenge of S256', (of) => {
    const asked = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };
    expect(read(asked, of)).toMatchObject({ codeChallenge: CHALLENGE });
  });
});

describe('what is asked is refused, at the redirect URI,', () => {
  it.each<[string, string, Record<string, unknown>, Client?]>([
    ['without a response_type', 'invalid_request', { response_type: undefined }],
    ['with an empty response_type', 'invalid_request', { response_type: '' }],
    ['with an unknown response_type', 'unsupported_response_type', { response_type: 'id_token' }],
    ['with two response types in one', 'unsupported_response_type', { response_type: 'code token' }],
    ['for a token, by who is not registered for it', 'unsupported_response_type', { response_type: 'token' }],
    ['for a code, by who is not registered for it', 'unauthorized_client', {}, client({ grants: ['implicit'] })],
    ['with an unknown scope', 'invalid_scope', { scope: 'everything' }],
    ['with a scope of others', 'invalid_scope', { scope: 'zap action:run' }],
    ['with a scope of apps', 'invalid_scope', { scope: 'webhook:read' }],
    ['with a blank scope', 'invalid_scope', { scope: '  ' }],
    ['for a client that users can allow nothing', 'invalid_scope', { scope: '' }, client({ scopes: ['webhook:read'] })],
    ['with a state that is too long', 'invalid_request', { state: 's'.repeat(513) }],
    ['with NUL in the state', 'invalid_request', { state: 'a\0b' }],
    ['for a code in the fragment', 'invalid_request', { response_mode: 'fragment' }],
    ['for a code by a form', 'invalid_request', { response_mode: 'form_post' }],
    [
      'for a token in the query',
      'invalid_request',
      { response_type: 'token', response_mode: 'query' },
      client({ grants: ['implicit'] }),
    ],
    ['with another approval_prompt', 'invalid_request', { approval_prompt: 'never' }],
    ['with a method and no challenge', 'invalid_request', { code_challenge_method: 'S256' }],
    ['with a challenge and no method, which is plain', 'invalid_request', { code_challenge: CHALLENGE }],
    ['with plain', 'invalid_request', { code_challenge: CHALLENGE, code_challenge_method: 'plain' }],
    ['with a short challenge', 'invalid_request', { code_challenge: 'c'.repeat(42), code_challenge_method: 'S256' }],
    [
      'with a padded challenge',
      'invalid_request',
      { code_challenge: `${'c'.repeat(43)}=`, code_challenge_method: 'S256' },
    ],
    ['by a public client without PKCE', 'invalid_request', {}, publicClient],
    ...[
      'response_type',
      'response_mode',
      'scope',
      'state',
      'approval_prompt',
      'code_challenge',
      'code_challenge_method',
    ].map((name): [string, string, Record<string, unknown>] => [
      `with ${name} repeated`,
      'invalid_request',
      { [name]: ['a', 'b'] },
    ]),
  ])('%s: %s', (_what, code, changes, of = client()) => {
    expect(() => read(changes, of)).toThrow(expect.objectContaining({ code }));
  });
});

describe('where the answer goes', () => {
  it('is the one registered URI, where the request names none', () => {
    expect(redirectTarget({}, client())).toEqual({ redirectUri: REDIRECT_URI, redirectUriGiven: false, state: null });
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['none is registered', { redirect_uri: REDIRECT_URI }, []],
    ['none is registered or named', {}, []],
    ['several are registered and none is named', {}, [REDIRECT_URI, `${REDIRECT_URI}/2`]],
    ['another is named', { redirect_uri: `${REDIRECT_URI}/` }, [REDIRECT_URI]],
    ['it is named twice', { redirect_uri: [REDIRECT_URI, REDIRECT_URI] }, [REDIRECT_URI]],
    ['it is named as an object', { redirect_uri: { a: 1 } }, [REDIRECT_URI]],
  ])('is nowhere when %s', (_what, query, redirectUris) => {
    expect(() => redirectTarget(query, client({ redirectUris }))).toThrow(
      expect.objectContaining({ name: 'AuthorizationFailure' }),
    );
  });

  it.each([
    ['is long', 's'.repeat(513)],
    ['is repeated', ['a', 'b']],
    ['holds NUL', '\0'],
    ['is empty', ''],
  ])('gets no state that %s', (_what, state) => {
    expect(redirectTarget({ state }, client()).state).toBeNull();
  });

  it.each([{}, { client_id: '' }, { client_id: ['a', 'b'] }])('is nowhere for the client of %j', (query) => {
    expect(() => clientIdOf(query)).toThrow(expect.objectContaining({ name: 'AuthorizationFailure' }));
  });
});
