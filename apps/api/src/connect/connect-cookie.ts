import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

const SESSION_SECONDS = 1800;

/** One cookie per attempt, so that two tabs don't disturb each other. `__Host-` needs TLS, which only a development origin lacks. */
function nameOf(attemptId: string, secure: boolean): string {
  return `${secure ? '__Host-' : ''}gatehouse-connect-${attemptId}`;
}

export function setConnectCookie(reply: FastifyReply, attemptId: string, value: string, publicUrl: string): void {
  const secure = publicUrl.startsWith('https:');
  // Lax, not Strict: the third party's redirect back must bring it along.
  const cookie = stringifySetCookie({
    name: nameOf(attemptId, secure),
    value,
    path: '/',
    httpOnly: true,
    secure,
    sameSite: 'lax',
    maxAge: SESSION_SECONDS,
  });
  reply.header('set-cookie', cookie);
}

export function connectCookie(request: FastifyRequest, attemptId: string, publicUrl: string): string | undefined {
  return parseCookie(request.headers.cookie ?? '')[nameOf(attemptId, publicUrl.startsWith('https:'))];
}
