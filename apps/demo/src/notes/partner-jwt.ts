import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Person } from './people.js';
import type { SigningKey } from './signing-key.js';

/** Says to Gatehouse who is asking. Good for one exchange within two minutes. */
export function signPartnerJwt(
  key: SigningKey,
  person: Person,
  parties: { issuer: string; audience: string },
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ org_id: person.orgId, name: person.name })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: key.kid })
    .setSubject(person.id)
    .setIssuer(parties.issuer)
    .setAudience(parties.audience)
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + 120)
    .setJti(randomUUID())
    .sign(key.privateKey);
}
