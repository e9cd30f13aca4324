import type { SecretPlace } from '#libs/vault';

/** What the vault keeps of a webhook. The URL is there too: many of them are as good as a password. */
export interface Endpoint {
  url: string;
  /** The newest first. The others are valid until their time. */
  secrets: EndpointSecret[];
}

interface EndpointSecret {
  /** `whsec_…` */
  secret: string;
  /** ISO 8601; null for the newest. */
  until: string | null;
}

export const ENDPOINT = { kind: 'webhook', field: 'endpoint' } as const;

export function endpointPlace(webhookId: string): SecretPlace {
  return { ...ENDPOINT, rowId: webhookId };
}

export function secretsAt({ secrets }: Endpoint, now: Date): string[] {
  return secrets.filter((held) => isValid(held, now)).map(({ secret }) => secret);
}

/** The endpoint with a new secret, beside which those of before are valid until `until`, and none for longer than it was. */
export function withNewSecret({ url, secrets }: Endpoint, secret: string, now: Date, until: Date): Endpoint {
  const kept = secrets
    .map((held) => ({ ...held, until: earlier(held.until, until.toISOString()) }))
    .filter((held) => isValid(held, now));
  return { url, secrets: [{ secret, until: null }, ...kept] };
}

function isValid({ until }: EndpointSecret, now: Date): boolean {
  return until === null || new Date(until) > now;
}

function earlier(one: string | null, other: string): string {
  return one !== null && one < other ? one : other;
}
