import { CALLBACK } from './authorization-scene.js';
import type { NegativeTest, Refusal } from './openid-refusal.js';
import { OTHER_CALLBACK } from './openid-scene.js';

const page: Refusal = { in: 'page' };
const redirect = (error: string): Refusal => ({ in: 'redirect', error });

/** Of the authorization endpoint, the login return and the consent page; and of registering a redirect URI. */
export const authorizationTests: NegativeTest[] = [
  {
    sends: 'a redirect_uri that is not registered',
    names: [
      'oidcc-ensure-registered-redirect-uri',
      'fapi2-security-profile-final-ensure-registered-redirect-uri',
      // The suite would let one pass that is pushed by a client which has proved itself. We do not.
      'fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri',
    ],
    refusal: page,
    send: (scene) => scene.authorize({ redirect_uri: 'https://notes.acme.test/unregistered' }),
  },
  {
    sends: 'no redirect_uri, where two are registered',
    names: [
      'oidcc-ensure-redirect-uri-in-authorization-request',
      'fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request',
    ],
    refusal: page,
    send: (scene) => scene.authorize({ redirect_uri: '' }),
  },
  {
    sends: 'a registered redirect_uri with a query added',
    names: ['oidcc-redirect-uri-query-added'],
    refusal: page,
    send: (scene) => scene.authorize({ redirect_uri: `${OTHER_CALLBACK}?added=1` }),
  },
  {
    sends: 'a registered redirect_uri with another query',
    names: ['oidcc-redirect-uri-query-mismatch'],
    refusal: page,
    send: (scene) => scene.authorize({ redirect_uri: CALLBACK.replace('kept=1', 'kept=2') }),
  },
  {
    sends: 'a registration with a fragment in its redirect URI',
    names: ['oidcc-redirect-uri-regfrag'],
    refusal: { in: 'admin answer', code: 'invalid' },
    send: ({ gatehouse, partner }) =>
      gatehouse.call('POST', `/admin/tenants/${partner.slug}/clients`, {
        bearer: gatehouse.adminToken,
        json: { name: 'Fragment', grants: [], scopes: [], redirect_uris: [`${OTHER_CALLBACK}#fragment`] },
      }),
  },
  {
    sends: 'no response_type',
    names: ['oidcc-response-type-missing'],
    refusal: redirect('invalid_request'),
    send: (scene) => scene.authorize({ response_type: '' }),
  },
  {
    sends: 'response_type=token',
    names: ['fapi2-security-profile-final-ensure-response-type-token-fails'],
    refusal: redirect('unsupported_response_type'),
    send: (scene) => scene.authorize({ response_type: 'token' }),
  },
  {
    sends: 'response_type=code id_token',
    names: ['fapi2-security-profile-final-ensure-response-type-code-idtoken-fails'],
    refusal: redirect('unsupported_response_type'),
    send: (scene) => scene.authorize({ response_type: 'code id_token' }),
  },
  {
    sends: 'a state of 1,000 characters',
    names: ['fapi2-security-profile-final-ensure-authorization-request-with-long-state'],
    refusal: redirect('invalid_request'),
    send: (scene) => scene.authorize({ state: 's'.repeat(1000) }),
  },
  {
    sends: 'no code_challenge, by a client without a secret',
    names: ['fapi2-security-profile-final-par-ensure-pkce-required'],
    refusal: redirect('invalid_request'),
    send: (scene) => scene.authorize({}, scene.publicClient),
  },
  {
    sends: 'code_challenge_method=plain',
    names: ['fapi2-security-profile-final-par-plain-pkce-rejected'],
    refusal: redirect('invalid_request'),
    send: (scene) => scene.authorize({ code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' }),
  },
  {
    sends: 'Cancel on the consent page',
    names: ['fapi2-security-profile-final-user-rejects-authentication'],
    refusal: redirect('access_denied'),
    send: async (scene) => {
      const browser = scene.browser();
      const path = await browser.signIn('ada', { client_id: scene.client.clientId, approval_prompt: 'force' });
      return browser.press('cancel', path);
    },
  },
  {
    sends: 'an assertion with another nonce than the login_challenge',
    names: ['fapi2-security-profile-final-client-test-invalid-nonce', 'oidcc-client-test-nonce-invalid'],
    refusal: page,
    send: async (scene) => {
      const browser = scene.browser();
      const challenge = await browser.begin({ client_id: scene.client.clientId });
      return browser.returnAs('ada', challenge, { nonce: `${challenge}x` });
    },
  },
  {
    sends: 'an assertion without a nonce',
    names: ['fapi2-security-profile-final-client-test-invalid-missing-nonce'],
    refusal: page,
    send: async (scene) => {
      const browser = scene.browser();
      return browser.returnAs('ada', await browser.begin({ client_id: scene.client.clientId }), { nonce: undefined });
    },
  },
  {
    // At the way back from a login page it is we who are the client, and login_challenge is our state.
    sends: 'a way back with the login_challenge of another browser',
    names: ['fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-state-fails'],
    refusal: page,
    send: async (scene) => {
      const [victim, attacker] = [scene.browser(), scene.browser()];
      await victim.begin({ client_id: scene.client.clientId });
      return victim.returnAs('ada', await attacker.begin({ client_id: scene.client.clientId }));
    },
  },
  {
    sends: 'a way back without a login_challenge',
    names: ['fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-missing-state-fails'],
    refusal: page,
    send: async (scene) => {
      const browser = scene.browser();
      const nonce = await browser.begin({ client_id: scene.client.clientId });
      return browser.open(`/oauth/login?assertion=${await scene.partner.jwt('ada', { nonce })}`);
    },
  },
];
