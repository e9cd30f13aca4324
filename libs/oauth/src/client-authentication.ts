import { Injectable } from '@nestjs/common';
import { digestsEqual, readToken, sha256 } from '#libs/crypto';
import { asTenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Tenants } from '#libs/tenants';
import type { AuthenticatedClient } from './grant.js';

interface Credentials {
  clientId: string;
  clientSecret: string;
}

/** RFC 6749 §2.3.1: HTTP Basic, or `client_id` and `client_secret` in the body; never both (protocol.md C9). */
@Injectable()
export class ClientAuthentication {
  constructor(private readonly tenants: Tenants) {}

  /** @throws Problem invalid_client, the same for an unknown client and for a wrong secret */
  async authenticate(
    form: Partial<Record<string, string>>,
    authorization: string | undefined,
  ): Promise<AuthenticatedClient> {
    const { clientId, clientSecret } = credentialsOf(form, authorization);
    const named = readToken('client', clientId);
    const tenantId = named && asTenantId(named.tenantId);
    const client = tenantId && (await this.tenants.client(tenantId, clientId));
    const tenant = client && (await this.tenants.byId(client.tenantId));
    const presented = sha256(clientSecret);
    if (!tenant || !client.secretDigest || !digestsEqual(client.secretDigest, presented)) {
      throw problem('invalid_client', 'The client_id or client_secret is not right.');
    }
    return { tenant, client };
  }
}

function credentialsOf(form: Partial<Record<string, string>>, authorization: string | undefined): Credentials {
  const basic = authorization === undefined ? null : readBasic(authorization);
  if (basic) {
    if (form.client_secret !== undefined || (form.client_id !== undefined && form.client_id !== basic.clientId)) {
      throw problem(
        'invalid_request',
        'Give the client credentials once: in the Authorization header or in the body, not both.',
      );
    }
    return basic;
  }
  if (form.client_id === undefined || form.client_secret === undefined) {
    throw problem('invalid_client', 'Give client_id and client_secret, by HTTP Basic or in the body.');
  }
  return { clientId: form.client_id, clientSecret: form.client_secret };
}

/** The two halves are form-encoded before they are joined (RFC 6749 §2.3.1). */
function readBasic(authorization: string): Credentials {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization)?.[1];
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) throw problem('invalid_client', 'The Authorization header is not HTTP Basic with an id and a secret.');
  return { clientId: formDecode(text.slice(0, colon)), clientSecret: formDecode(text.slice(colon + 1)) };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
