import type { Exchange } from './exchange.js';
import { TokenError } from './problem.js';
import type { PartnerRegistration } from './settings.js';

/** Parameters of a token request: an empty one is left out (RFC 6749 §3.2). */
export type Form = ReadonlyMap<string, string>;

/** @throws TokenError invalid_request for another media type, and for a parameter that is repeated */
export async function formOf({ headers, body }: Exchange): Promise<Form> {
  const media = headers['content-type'] ?? '';
  // Multipart is tolerated (C8).
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(media)) {
    throw new TokenError('invalid_request', 'The body must be application/x-www-form-urlencoded.');
  }
  const data = await new Response(Buffer.from(body, 'utf8'), { headers: { 'content-type': media } })
    .formData()
    .catch(() => undefined);
  if (!data) throw new TokenError('invalid_request', 'The body is malformed.');
  const form = new Map<string, string>();
  for (const [name, value] of data) {
    if (form.has(name)) throw new TokenError('invalid_request', `${name} is repeated.`);
    form.set(name, typeof value === 'string' ? value : await value.text());
  }
  return new Map([...form].filter(([, value]) => value !== ''));
}

export function required(form: Form, name: string): string {
  const value = form.get(name);
  if (value === undefined) throw new TokenError('invalid_request', `${name} is missing.`);
  return value;
}

/** By Basic or in the body, and not by both (C9). @throws TokenError 401 invalid_client */
export function authenticateClient({ world, headers }: Exchange, form: Form): PartnerRegistration {
  const basic = /^Basic +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (basic !== undefined && form.has('client_secret')) {
    throw new TokenError('invalid_request', 'The client authenticates in two ways at once.');
  }
  const [id, secret] = basic === undefined ? [form.get('client_id'), form.get('client_secret')] : decodeBasic(basic);
  const partner = world.partners.get(id ?? '');
  if (partner && secret === partner.clientSecret) return partner;
  const challenge: Record<string, string> = basic === undefined ? {} : { 'www-authenticate': 'Basic realm="zapier"' };
  throw new TokenError('invalid_client', 'The client is not known, or its secret is wrong.', 401, challenge);
}

/** Its two values are form-encoded before they are joined (RFC 6749 §2.3.1). */
function decodeBasic(basic: string): [string, string] {
  const text = Buffer.from(basic, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return [decode(text.slice(0, Math.max(0, colon))), decode(text.slice(colon + 1))];
}

const decode = (part: string) => new URLSearchParams(`x=${part}`).get('x') ?? '';

/** @returns what is asked for; all that is allowed, when nothing is @throws TokenError invalid_scope */
export function scopesIn(form: Form, allowed: readonly string[]): string[] {
  const asked = form.get('scope')?.split(' ').filter(Boolean) ?? [...allowed];
  const wrong = asked.find((scope) => !allowed.includes(scope));
  if (wrong !== undefined || asked.length === 0) throw new TokenError('invalid_scope', 'The scope is not allowed.');
  return asked;
}
