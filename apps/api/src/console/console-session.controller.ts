import { Body, Controller, Delete, Get, Header, HttpCode, Post, Req, Res } from '@nestjs/common';
import { IsString, Length } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AdminCredentials, ConsoleSessions, type AdminHolder } from '#libs/admin-keys';
import { Config } from '#libs/config';
import { problem } from '#libs/errors';
import { toAdminCaller } from '../admin/admin-caller.js';
import { BodyPipe } from '../http/body-pipe.js';
import { consoleCookie, setConsoleCookie } from './console-cookie.js';
import { requireOwnPage } from './own-page.js';

class SignInDto {
  @IsString()
  @Length(1, 1000)
  token!: string;
}

/** The admin token, or an admin key, is sent here once; from then on a cookie that no script reads stands for it. */
@Controller('console/session')
export class ConsoleSessionController {
  constructor(
    private readonly config: Config,
    private readonly credentials: AdminCredentials,
    private readonly sessions: ConsoleSessions,
  ) {}

  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  async signIn(
    @Body(new BodyPipe(SignInDto)) { token }: SignInDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    requireOwnPage(request, this.config.publicUrl);
    const holder = await this.credentials.recognise(token);
    if (!holder)
      throw problem(
        'authentication_failed',
        'This is neither the admin token nor an admin key that is good. Send what ADMIN_TOKEN says, or have a new key made.',
      );
    const session = await this.sessions.begin(holder, actorOf(holder, request));
    const { expiresAt } = session;
    setConsoleCookie(reply, this.config.publicUrl, { token: session.token.reveal(), expiresAt });
    return { session: toSession({ ...holder, expiresAt }) };
  }

  /** Null for whoever is not signed in: the page asks when it opens, which is no mistake of anybody's. */
  @Get()
  @Header('cache-control', 'no-store')
  async show(@Req() request: FastifyRequest) {
    requireOwnPage(request, this.config.publicUrl);
    const session = await this.sessions.find(consoleCookie(request, this.config.publicUrl) ?? '');
    return { session: session && toSession(session) };
  }

  @Delete()
  @HttpCode(204)
  async signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    requireOwnPage(request, this.config.publicUrl);
    const token = consoleCookie(request, this.config.publicUrl) ?? '';
    const session = await this.sessions.find(token);
    if (session) await this.sessions.end(token, actorOf(session, request));
    setConsoleCookie(reply, this.config.publicUrl, null);
  }
}

function actorOf(holder: AdminHolder, { ip, id }: FastifyRequest) {
  return { name: toAdminCaller(holder).name, address: ip, requestId: id };
}

function toSession({ key, expiresAt }: AdminHolder & { expiresAt: Date }) {
  return {
    actor: toAdminCaller({ key }).name,
    name: key?.name ?? 'ADMIN_TOKEN',
    tenant: key?.slug ?? null,
    read_only: key?.readOnly ?? false,
    expires_at: expiresAt,
  };
}
