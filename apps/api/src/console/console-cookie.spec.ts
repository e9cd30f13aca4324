import type { FastifyReply } from 'fastify';
import { expect, it } from 'vitest';
import { consoleCookie, setConsoleCookie } from './console-cookie.js';

const session = { token: 'gate_cn_x', expiresAt: new Date('2026-03-01T12:00:00Z') };

function headerOf(publicUrl: string): string {
  const headers: string[] = [];
  const reply = { header: (_: string, value: string) => headers.push(value) } as unknown as FastifyReply;
  setConsoleCookie(reply, publicUrl, session);
  return headers.join();
}

it('is Secure, and of this host alone, wherever there is TLS', () => {
  expect(headerOf('https://gate.test')).toBe(
    '__Host-gatehouse-console=gate_cn_x; Path=/; Expires=Sun, 01 Mar 2026 12:00:00 GMT; HttpOnly; Secure; SameSite=Strict',
  );
});

it('is not read under the name that another origin of the host could set', () => {
  const headers = { cookie: 'gatehouse-console=planted' };
  expect(consoleCookie({ headers }, 'https://gate.test')).toBeUndefined();
  expect(consoleCookie({ headers }, 'http://localhost:3000')).toBe('planted');
});
