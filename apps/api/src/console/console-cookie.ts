import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** `__Host-` needs TLS, which only a development origin lacks. */
function nameOf(secure: boolean): string {
  return `${secure ? '__Host-' : ''}gatehouse-console`;
}

/** @param session null takes the cookie away */
export function setConsoleCookie(
  reply: FastifyReply,
  publicUrl: string,
  session: { token: string; expiresAt: Date } | null,
): void {
  const secure = publicUrl.startsWith('https:');
  const cookie = stringifySetCookie({
    name: nameOf(secure),
    value: session?.token ?? '',
    path: '/',
    httpOnly: true,
    secure,
    sameSite: 'strict',
    expires: session?.expiresAt ?? new Date(0),
  });
  reply.header('set-cookie', cookie);
}

export function consoleCookie({ headers }: Pick<FastifyRequest, 'headers'>, publicUrl: string): string | undefined {
  return parseCookie(headers.cookie ?? '')[nameOf(publicUrl.startsWith('https:'))];
}
