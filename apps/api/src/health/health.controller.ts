import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Readiness } from './readiness.js';

@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  live(): { status: string } {
    return { status: 'ok' };
  }

  /** 503 names what fails. What is only worse than it should be is named too, and keeps nobody from being served. */
  @Get('ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const checks = await this.readiness.checks();
    const failing = Object.values(checks).flatMap(({ status, detail }) => (status === 'fail' ? [detail] : []));
    await reply
      .status(failing.length === 0 ? 200 : 503)
      .send({ status: failing.length === 0 ? 'ok' : 'unavailable', failing, checks });
  }
}
