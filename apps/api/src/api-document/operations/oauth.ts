import { html, onward, type DeclaredOperations } from '../declared-operation.js';
import { either, flag, list, named, object, oneOf, orNull, text, whole, type Schema } from '../schema.js';

const form = (members: Record<string, Schema>, more: Record<string, Schema> = {}) => ({
  'application/x-www-form-urlencoded': object(members, { client_id: text, client_secret: text, ...more }),
});

const token = named(
  'Token',
  object(
    { access_token: text, token_type: oneOf('Bearer', 'N_A'), expires_in: whole, scope: text },
    { refresh_token: text, issued_token_type: text, attempt: text },
  ),
);
const introspection = either(
  object({ active: oneOf(false) }),
  object(
    { active: oneOf(true), scope: text, client_id: text, iss: text },
    { sub: text, token_type: oneOf('Bearer'), exp: whole, iat: whole },
  ),
);
const endpoint = text;
const metadata = named(
  'ServerMetadata',
  object({
    issuer: text,
    authorization_endpoint: endpoint,
    token_endpoint: endpoint,
    revocation_endpoint: endpoint,
    introspection_endpoint: endpoint,
    jwks_uri: endpoint,
    grant_types_supported: list(text),
    response_types_supported: list(text),
    response_modes_supported: list(text),
    code_challenge_methods_supported: list(text),
    authorization_response_iss_parameter_supported: flag,
    scopes_supported: list(text),
    token_endpoint_auth_methods_supported: list(text),
    revocation_endpoint_auth_methods_supported: list(text),
    introspection_endpoint_auth_methods_supported: list(text),
  }),
);

const authorize = {
  summary: 'Begin the authorization code grant: the browser is sent to the login page of the tenant',
  query: {
    client_id: text,
    response_type: oneOf('code', 'token'),
    redirect_uri: text,
    scope: text,
    state: text,
    code_challenge: text,
    code_challenge_method: oneOf('S256'),
    response_mode: text,
  },
  replies: { 302: onward('To the login page, or back to the client with an error.') },
};

const open = {
  200: html('What is asked, with a button that leads on.'),
  204: onward('A browser only looked ahead.'),
  302: onward('On to the third party.'),
  303: onward('On, without the token in the address, or back to the partner.'),
};
const openQuery = {
  token: text,
  link: text,
  redirect_uri: text,
  fallback_uri: text,
  reconnect_id: text,
  state: text,
  theme: oneOf('light', 'dark'),
};
const show = { 200: html('Where the attempt stands.'), 302: onward('On.'), 303: onward('On, or back to the partner.') };
const sent = { ...show, 422: html('What was typed did not work: the same form again.') };
const formToken = (more: Record<string, Schema> = {}) => ({
  'application/x-www-form-urlencoded': object({ form_token: text }, more),
});
const told = either(object({ location: text }), object({ location: { type: 'null' }, advice: text }));

export const oauthOperations: DeclaredOperations = {
  'POST /oauth/token': {
    summary: 'Tokens for a JWT, a code, a refresh token or the client itself',
    body: form(
      { grant_type: text },
      {
        subject_token: text,
        subject_token_type: text,
        requested_token_type: text,
        resource: text,
        audience: text,
        scope: text,
        code: text,
        redirect_uri: text,
        code_verifier: text,
        refresh_token: text,
      },
    ),
    replies: { 200: token },
  },
  'POST /oauth/revoke': {
    summary: 'End a token. 200 whether there was one or not',
    body: form({ token: text }, { token_type_hint: text }),
    replies: { 200: null },
  },
  'POST /oauth/introspect': {
    summary: 'What a token of the client is good for',
    body: form({ token: text }, { token_type_hint: text }),
    replies: { 200: introspection },
  },
  'GET /.well-known/oauth-authorization-server': { summary: 'RFC 8414', replies: { 200: metadata } },
  'GET /oauth/authorize': authorize,
  'GET /v2/authorize': authorize,
  'GET /oauth/login': {
    summary: 'Where the login page of the tenant sends the browser back to',
    query: { login_challenge: text, assertion: text },
    replies: { 204: onward('A browser only looked ahead.'), 303: onward('To the question, or back to the client.') },
  },
  'GET /oauth/consent/{id}': {
    summary: 'The question whether the client may',
    replies: { 200: html('The question.'), 303: onward('Back to the client.') },
  },
  'POST /oauth/consent/{id}': {
    summary: 'The answer to it',
    body: formToken({ decision: oneOf('allow', 'cancel') }),
    replies: { 303: onward('Back to the client.') },
  },

  'GET /to/{app}': { summary: 'Open Connect with a session code or a link', query: openQuery, replies: open },
  'GET /oauth/upstream/{name}/start': {
    summary: 'Open Connect for an account of an upstream',
    query: openQuery,
    replies: open,
  },
  'GET /connect/{id}': { summary: 'Where the attempt stands', replies: show },
  'GET /connect/{id}/on': { summary: 'The same, for a browser on its way to the partner', replies: show },
  'GET /connect/{id}/start': { summary: 'On to the third party', replies: show },
  'GET /connect/callback/{tenant}/{app}': {
    summary: 'Where the third party sends the browser back to',
    query: { state: text, code: text, error: text, error_description: text, iss: text },
    replies: show,
  },
  'GET /oauth/upstream/{name}/callback': {
    summary: 'Where an upstream sends the browser back to',
    query: { state: text, code: text, error: text, error_description: text },
    replies: show,
  },
  'GET /oauth/upstream/{name}/fragment': {
    summary: 'The same, for an upstream that answers in the fragment',
    replies: { 200: html('A page that reads it.') },
  },
  'POST /oauth/upstream/{name}/fragment': {
    summary: 'What that page has read',
    body: { 'application/json': object({}, { state: text, access_token: text, error: orNull(text) }) },
    replies: {
      200: told,
      400: {
        description: 'It led nowhere.',
        content: { 'application/json': told, 'text/html': null },
      },
    },
  },
  'POST /connect/{id}/credentials': {
    summary: 'The form of an app that takes a key, a password or a token',
    body: formToken(),
    replies: sent,
  },
  'POST /connect/{id}/popup': { summary: "What the upstream's window said", body: formToken(), replies: sent },
  'POST /connect/{id}/choice': {
    summary: 'Renew the account that is there, or keep both',
    body: formToken({ choice: oneOf('renew', 'both') }),
    replies: sent,
  },
  'POST /connect/{id}/cancel': { summary: 'The way out', replies: show },
};
