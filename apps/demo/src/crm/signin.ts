import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errors, type InteractionResults, type Provider } from 'oidc-provider';
import { oauthPaths, sessionCookie } from './authorization-server.js';
import { consentPage, errorPage, loginPage } from './signin-pages.js';
import { crmUsers, findUser, signIn } from './users.js';

type Route = { Params: { uid: string }; Body: { email?: string; password?: string } };

/** The CRM's own sign-in and consent, to which the authorization endpoint hands the browser. */
export function signinRoutes(app: FastifyInstance, provider: Provider): void {
  const details = (request: FastifyRequest, reply: FastifyReply) => provider.interactionDetails(request.raw, reply.raw);
  const finish = async (request: FastifyRequest, reply: FastifyReply, result: InteractionResults) =>
    reply.redirect(await provider.interactionResult(request.raw, reply.raw, result), 303);

  app.get<Route>('/signin/:uid', async (request, reply) => {
    const interaction = await details(request, reply);
    const clientName = await nameOf(provider, interaction.params.client_id);
    const user = findUser(interaction.session?.accountId ?? '');
    if (interaction.prompt.name === 'consent' && user) {
      // A refresh token is always given, and oidc-provider drops offline_access unless prompt=consent was sent.
      const scopes = new Set([...scopeOf(interaction.params).split(' ').filter(isShown), 'offline_access']);
      return show(reply, consentPage({ uid: interaction.uid, clientName, scopes: [...scopes], user }));
    }
    const { email, password } = crmUsers[0]!;
    return show(reply, loginPage({ uid: interaction.uid, clientName, email, password }));
  });

  app.post<Route>('/signin/:uid/login', async (request, reply) => {
    const { uid, params } = await details(request, reply);
    const { email = '', password = '' } = request.body ?? {};
    const user = signIn(email, password);
    if (user) return finish(request, reply, { login: { accountId: user.id } });
    const clientName = await nameOf(provider, params.client_id);
    const error = 'E-mail and password do not match.';
    return show(reply.code(401), loginPage({ uid, clientName, email, password: '', error }));
  });

  app.post<Route>('/signin/:uid/allow', async (request, reply) => {
    const { params, session } = await details(request, reply);
    const grant = new provider.Grant({ accountId: session?.accountId, clientId: String(params.client_id) });
    grant.addOIDCScope(scopeOf(params));
    return finish(request, reply, { consent: { grantId: await grant.save() } });
  });

  app.post<Route>('/signin/:uid/deny', async (request, reply) => {
    await details(request, reply);
    return finish(request, reply, { error: 'access_denied', error_description: 'The user did not allow it' });
  });

  app.get<Route>('/signin/:uid/switch', async (request, reply) => {
    const { params } = await details(request, reply);
    const query = new URLSearchParams(
      Object.entries(params).map(([name, value]): [string, string] => [name, String(value)]),
    );
    reply.header('set-cookie', [`${sessionCookie}=; Path=/; Max-Age=0`, `${sessionCookie}.sig=; Path=/; Max-Age=0`]);
    return reply.redirect(`${oauthPaths.authorize}?${query.toString()}`, 303);
  });
}

/** For the app's error handler: an interaction that ended or never was. */
export function showSigninError(error: unknown, reply: FastifyReply): FastifyReply {
  const lost = error instanceof errors.SessionNotFound;
  return show(reply.code(lost ? 400 : 500), errorPage(lost ? 'This sign-in has expired' : 'Something went wrong here'));
}

function show(reply: FastifyReply, body: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .headers({ 'cache-control': 'no-store', 'content-security-policy': `frame-ancestors 'none'` })
    .send(body);
}

async function nameOf(provider: Provider, clientId: unknown): Promise<string> {
  return (await provider.Client.find(String(clientId)))?.clientName ?? String(clientId);
}

function scopeOf(params: Record<string, unknown>): string {
  return typeof params.scope === 'string' ? params.scope : '';
}

function isShown(scope: string): boolean {
  return scope !== '' && scope !== 'openid';
}
