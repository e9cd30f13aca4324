import { Controller, Get, Module, Res, UseFilters } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problem } from '#libs/errors';
import { AuthorizationPageFilter } from './authorization-page.filter.js';

const UNSENDABLE = 'https://app.example/€';

@Controller()
@UseFilters(AuthorizationPageFilter)
class OddController {
  @Get('location')
  async location(@Res() reply: FastifyReply): Promise<void> {
    await reply.status(302).header('location', UNSENDABLE).send();
  }

  @Get('header')
  async header(@Res() reply: FastifyReply): Promise<void> {
    await reply.status(302).header('x-odd', UNSENDABLE).send();
  }

  @Get('sent')
  async sent(@Res() reply: FastifyReply): Promise<void> {
    await reply.send('sent');
    throw new Error('Too late.');
  }

  @Get('unavailable')
  unavailable(@Res() _reply: FastifyReply): void {
    throw problem('temporarily_unavailable', 'Come again.', { retryAfterSeconds: 7 });
  }
}

@Module({ controllers: [OddController] })
class OddModule {}

let app: NestFastifyApplication;

beforeAll(async () => {
  app = await NestFactory.create<NestFastifyApplication>(OddModule, new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
});
afterAll(() => app?.close());

async function get(path: string) {
  const answer = await fetch(`${await app.getUrl()}/${path}`, { redirect: 'manual' });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

// What a filter lets through ends the process, and here the run.
it('a redirect that can not be sent is a page', async () => {
  const { status, headers, text } = await get('location');
  expect([status, headers.get('location'), headers.get('content-type')]).toEqual([
    500,
    null,
    'text/html; charset=utf-8',
  ]);
  expect(text).toContain('role="alert"');
});

it('a page that can not be sent is a plain sentence', async () => {
  const { status, headers, text } = await get('header');
  expect([status, headers.get('x-odd'), headers.get('cache-control')]).toEqual([500, null, 'no-store']);
  expect(text).toContain('start again');
});

it('what fails behind the answer changes nothing in it', async () => {
  expect(await get('sent')).toMatchObject({ status: 200, text: 'sent' });
  expect((await get('location')).status).toBe(500);
});

it('a page that may be there later says when', async () => {
  const { status, headers } = await get('unavailable');
  expect([status, headers.get('retry-after')]).toEqual([503, '7']);
});
