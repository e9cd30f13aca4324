import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Provider } from 'oidc-provider';
import { findUser, type CrmUser } from './users.js';

export interface Caller {
  user: CrmUser;
  /** The OAuth client's name. */
  client: string;
}

/**
 * RFC 6750 §3: 401 for no token or one that is unknown, expired or revoked, 403 for one that lacks the scope.
 * Undefined once the refusal has been sent.
 */
export async function authenticate(
  provider: Provider,
  headers: IncomingHttpHeaders,
  reply: FastifyReply,
  scope?: string,
): Promise<Caller | undefined> {
  const value = /^Bearer ([\w~+/.-]+=*)$/i.exec(headers.authorization ?? '')?.[1];
  if (!value) return refuse(reply, 401, 'Bearer realm="Acme CRM"', 'Sign in first: an access token is required.');
  const token = await provider.AccessToken.find(value);
  const user = token && findUser(token.accountId);
  if (!user) {
    return refuse(
      reply,
      401,
      'Bearer realm="Acme CRM", error="invalid_token"',
      'The access token is unknown or has expired.',
    );
  }
  if (scope && !token.scope?.split(' ').includes(scope)) {
    const challenge = `Bearer realm="Acme CRM", error="insufficient_scope", scope="${scope}"`;
    return refuse(reply, 403, challenge, `The access token lacks the scope ${scope}.`);
  }
  const client = token.clientId ? await provider.Client.find(token.clientId) : undefined;
  return { user, client: client?.clientName ?? 'API' };
}

async function refuse(reply: FastifyReply, status: 401 | 403, challenge: string, message: string): Promise<undefined> {
  await reply.code(status).header('www-authenticate', challenge).send({ message });
}
