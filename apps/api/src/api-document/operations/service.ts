import { html, onward, textOf, type DeclaredOperations } from '../declared-operation.js';
import { list, map, named, object, oneOf, text } from '../schema.js';

const check = object({ status: oneOf('ok', 'warn', 'fail'), detail: text });
export const readinessChecks = named(
  'Checks',
  object({}, { database: check, schema: check, keyring: check, listen: check, loops: check }),
);
const readiness = object({ status: oneOf('ok', 'unavailable'), failing: list(text), checks: readinessChecks });

const keySet = named(
  'JwkSet',
  object({
    keys: list(
      object({ kty: text, kid: text, use: text, alg: text }, { n: text, e: text, crv: text, x: text, y: text }),
    ),
  }),
);
const keySetReplies = { 200: keySet, 304: onward('It has not changed since that ETag.') };
const ifNoneMatch = { 'If-None-Match': text };

export const serviceOperations: DeclaredOperations = {
  'GET /tenants/{slug}/.well-known/jwks.json': {
    summary: 'The public half of the keys that we hold for a tenant',
    headers: ifNoneMatch,
    replies: keySetReplies,
  },
  'GET /.well-known/jwks.json': {
    summary: 'Our own signing keys: of callbacks, and of iss',
    headers: ifNoneMatch,
    replies: keySetReplies,
  },
  'GET /health/live': { summary: '200 while the process runs', replies: { 200: object({ status: oneOf('ok') }) } },
  'GET /health/ready': {
    summary: '200 once requests can be served, else what keeps them from it',
    replies: { 200: readiness, 503: readiness },
  },
  'GET /metrics': {
    summary: 'For Prometheus',
    replies: { 200: textOf('text/plain', 'The exposition format of Prometheus.') },
    errors: [401],
  },
  'GET /connect.js': {
    summary: 'The browser SDK, an ES module',
    headers: ifNoneMatch,
    replies: { 200: textOf('text/javascript', 'The module.'), 304: onward('It has not changed since that ETag.') },
  },
  'GET /app-images/{file}': {
    summary: "A tile with an app's initial",
    replies: { 200: textOf('image/svg+xml', 'The image.') },
  },
  'GET /app-images/initials/{file}': {
    summary: 'A tile with a letter',
    replies: { 200: textOf('image/svg+xml', 'The image.') },
  },
  'POST /upstream-callbacks/{token}': {
    summary: 'Where upstreams tell that a run has ended there; the body is checked by its signature',
    headers: { 'Zapier-Callback-Signature': text },
    body: { 'application/json': map({}) },
    replies: { 204: null },
    errors: [401, 429],
  },
  'GET /docs': { summary: 'This document, for people', replies: { 200: html('The page.') } },
  'GET /docs/openapi.json': { summary: 'This document', replies: { 200: map({}) } },
};
