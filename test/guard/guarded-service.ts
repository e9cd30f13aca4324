import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { Config } from '#libs/config';
import { RateLimits } from '#libs/limits';
import { Clock } from '#libs/scheduling';
import { createTestDatabase, freePort, ownerDatabase, temporaryFolder, type TestApp } from '#libs/testing';
import { fastifyAdapter, HTTP_TIMES, registerParsers, type HttpTimes } from '../../apps/api/src/http/fastify.js';
import { limitRequests } from '../../apps/api/src/limits/limit-requests.js';
import { ServiceModule } from '../../apps/api/src/service.module.js';
import { Gatehouse } from '../main-job/gatehouse.js';

interface GuardedServiceOptions {
  egressAllow?: string[];
  roles?: ('api' | 'worker')[];
  times?: HttpTimes;
}

/** The service in this process, with its limits and its guard, and what it writes into the log. */
export class GuardedService {
  private constructor(
    /** As a lib's own tests see it. */
    readonly app: TestApp<Clock>,
    readonly gatehouse: Gatehouse,
    readonly log: readonly unknown[],
    readonly server: Server,
  ) {}

  static async start(options: GuardedServiceOptions = {}): Promise<GuardedService> {
    const { egressAllow = [], roles = ['api'], times = HTTP_TIMES } = options;
    const [cluster, folder, port] = [await createTestDatabase(), temporaryFolder('guarded'), await freePort()];
    const config = new Config({
      production: false,
      databaseUrl: cluster.url,
      dataDir: folder.path,
      host: '127.0.0.1',
      port,
      publicUrl: `http://localhost:${port}`,
      adminToken: randomBytes(32).toString('base64url'),
      vaultKeyring: [{ id: 'k1', key: randomBytes(32) }],
      rateLimits: true,
      trustedProxies: [],
      egressAllow,
      roles,
      appsDir: '',
      logLevel: 'info',
      generatedFiles: [],
    });
    const log: unknown[] = [];
    const nest = await NestFactory.create<NestFastifyApplication>(
      ServiceModule.for(config),
      fastifyAdapter(config, times),
      {
        logger: writingTo(log),
        abortOnError: false,
      },
    );
    registerParsers(nest);
    const get = <T>(type: abstract new (...parameters: never[]) => T): T => nest.get(type, { strict: false });
    limitRequests(nest.getHttpAdapter().getInstance(), get(RateLimits));
    await nest.listen(config.port, config.host);
    const close = async () => {
      await nest.close();
      await cluster.drop();
      folder.remove();
    };
    const keyring = [...config.vaultKeyring];
    const database = ownerDatabase(get(DataSource));
    const app = { clock: get(Clock), database, keyring, get, close, [Symbol.asyncDispose]: close };
    return new GuardedService(app, new Gatehouse(config.publicUrl, config.adminToken), log, nest.getHttpServer());
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

function writingTo(log: unknown[]): LoggerService {
  const write = (message: unknown) => void log.push(message);
  return { log: write, error: write, warn: write, fatal: write };
}
