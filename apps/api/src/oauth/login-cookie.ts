import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { REQUEST_SECONDS } from '#libs/oauth';

/** One cookie per request, so that two tabs don't disturb each other. `__Host-` needs TLS, which only a development origin lacks. */
function nameOf(requestId: string, secure: boolean): string {
  return `${secure ? '__Host-' : ''}gatehouse-login-${requestId}`;
}

/** @param value null takes the cookie away */
export function setLoginCookie(reply: FastifyReply, requestId: string, value: string | null, publicUrl: string): void {
  const secure = publicUrl.startsWith('https:');
  // Lax, not Strict: the way back from the tenant's login page must bring it along.
  const cookie = stringifySetCookie({
    name: nameOf(requestId, secure),
    value: value ?? '',
    path: '/',
    httpOnly: true,
    secure,
    sameSite: 'lax',
    maxAge: value === null ? 0 : REQUEST_SECONDS,
  });
  reply.header('set-cookie', cookie);
}

export function loginCookie(request: FastifyRequest, requestId: string, publicUrl: string): string | undefined {
  return parseCookie(request.headers.cookie ?? '')[nameOf(requestId, publicUrl.startsWith('https:'))];
}
