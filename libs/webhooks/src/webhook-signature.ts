import { createHmac, randomBytes } from 'node:crypto';
import { Secret } from '#libs/crypto';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A secret as Standard Webhooks writes it. */
export function newWebhookSecret(): Secret<string> {
  return new Secret(PREFIX + randomBytes(SECRET_BYTES).toString('base64'));
}

interface Message {
  /** The same at each attempt. */
  id: string;
  /** Of this attempt. */
  at: Date;
  body: string;
}

/**
 * The headers of an attempt (https://www.standardwebhooks.com, "Signature scheme"): a signature by each secret that is valid, so that a
 * receiver may know the old one or the new one.
 */
export function signedHeaders({ id, at, body }: Message, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
