import { signingAlgorithms } from '#libs/signing-keys';
import type { DeclaredOperations } from '../declared-operation.js';
import { list, named, object, oneOf, orNull, text, time, whole } from '../schema.js';

const key = named(
  'SigningKey',
  object({
    kid: text,
    alg: oneOf(...signingAlgorithms),
    state: oneOf('pending', 'active', 'retiring', 'revoked'),
    activates_at: orNull(time),
    retires_at: orNull(time),
    revoked_at: orNull(time),
    first_used_at: orNull(time),
    last_used_at: orNull(time),
    created_at: time,
  }),
);
const policy = named(
  'KeyPolicy',
  object({
    alg: oneOf(...signingAlgorithms),
    rotate_every_days: orNull(whole),
    activate_after_seconds: whole,
    overlap_seconds: whole,
  }),
);

function of(base: string, whose: string): DeclaredOperations {
  return {
    [`GET ${base}`]: { summary: `The keys that we hold for ${whose}`, replies: { 200: object({ keys: list(key) }) } },
    [`POST ${base}/rotate`]: { summary: 'Make the next key', replies: { 201: key }, errors: [409] },
    [`POST ${base}/{kid}/revoke`]: {
      summary: 'Take a key out of the JWKS at once',
      replies: { 200: key },
      errors: [409],
    },
    [`GET ${base}/policy`]: { summary: 'When keys are rotated', replies: { 200: policy } },
    [`PUT ${base}/policy`]: { summary: 'Change the members that are given', replies: { 200: policy }, errors: [409] },
  };
}

export const keyOperations: DeclaredOperations = {
  ...of('/admin/tenants/{slug}/keys', 'the tenant'),
  ...of('/admin/platform/keys', 'Gatehouse itself'),
};
