import { CALLBACK, pkce } from './authorization-scene.js';
import type { NegativeTest, Refusal } from './openid-refusal.js';

const invalidGrant: Refusal = { in: 'body', status: 400, error: 'invalid_grant' };
const invalidClient: Refusal = { in: 'body', status: 401, error: 'invalid_client' };

/** Of the token endpoint: codes, PKCE, refresh tokens and client authentication. */
export const tokenTests: NegativeTest[] = [
  {
    sends: 'a code for the second time',
    names: ['fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second', 'oidcc-codereuse'],
    refusal: invalidGrant,
    send: async (scene) => {
      const code = await scene.code();
      await scene.redeem(code);
      return scene.redeem(code);
    },
  },
  {
    sends: 'a code that was used half a minute ago',
    names: ['oidcc-codereuse-30seconds'],
    refusal: invalidGrant,
    send: async (scene) => {
      const code = await scene.code();
      await scene.redeem(code);
      await scene.ageCodes(30);
      return scene.redeem(code);
    },
  },
  {
    sends: 'a code of two minutes ago',
    names: ['fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code'],
    refusal: invalidGrant,
    send: async (scene) => {
      const code = await scene.code();
      await scene.ageCodes(120);
      return scene.redeem(code);
    },
  },
  {
    sends: 'a code of another client',
    names: ['fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client'],
    refusal: invalidGrant,
    send: async (scene) => scene.redeem(await scene.code(), {}, scene.otherClient),
  },
  {
    sends: 'no code_verifier',
    names: ['fapi2-security-profile-final-ensure-pkce-code-verifier-required'],
    refusal: invalidGrant,
    send: async (scene) => scene.redeem(await scene.code(pkce().parameters)),
  },
  {
    sends: 'a code_verifier of another request',
    names: ['fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected'],
    refusal: invalidGrant,
    send: async (scene) => scene.redeem(await scene.code(pkce().parameters), { code_verifier: pkce().verifier }),
  },
  {
    sends: 'a refresh token of another client',
    names: ['fapi2-security-profile-final-refresh-token', 'oidcc-refresh-token'],
    refusal: invalidGrant,
    send: async (scene) => scene.refresh(await scene.refreshToken(), scene.otherClient),
  },
  {
    sends: 'the client_id of another client with the secret of this one',
    names: ['fapi2-security-profile-final-ensure-client-id-in-token-endpoint'],
    refusal: invalidClient,
    send: async (scene) => scene.redeem(await scene.code(), { client_id: scene.otherClient.clientId }),
  },
  {
    sends: 'no client authentication',
    names: ['fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint'],
    refusal: invalidClient,
    send: async (scene) => scene.redeem(await scene.code(), {}, { clientId: scene.client.clientId }),
  },
  {
    // The suite calls the endpoint for pushed requests, and any error will do.
    sends: 'good parameters by another HTTP method',
    names: ['fapi2-security-profile-final-par-attempt-invalid-http-method'],
    refusal: { in: 'body', status: 404, error: 'invalid_request' },
    send: async (scene) => {
      const { clientId: client_id, clientSecret: client_secret = '' } = scene.client;
      const code = { grant_type: 'authorization_code', code: await scene.code(), redirect_uri: CALLBACK };
      return scene.gatehouse.call('PUT', '/oauth/token', { form: { ...code, client_id, client_secret } });
    },
  },
];
