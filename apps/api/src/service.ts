import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppFolder } from '#libs/catalog';
import type { Config } from '#libs/config';
import { startEmbeddedServer, type EmbeddedServer } from '#libs/database';
import { RateLimits } from '#libs/limits';
import { Clock } from '#libs/scheduling';
import { startTracing } from '#libs/telemetry';
import { Tenants } from '#libs/tenants';
import { runMigrations } from '../../../migrations/data-source.js';
import { answerPreflights } from './embed/cors.js';
import { fastifyAdapter, registerParsers } from './http/fastify.js';
import { traceRequests } from './http/trace-requests.js';
import { JsonLogger } from './json-logger.js';
import { limitRequests } from './limits/limit-requests.js';
import { countHttpRequests } from './metrics/http-requests.js';
import { Metrics } from './metrics/metrics.js';
import { requirePort } from './require-port.js';
import { ServiceModule } from './service.module.js';

export interface RunningService {
  url: string;
  /** Finishes what is in flight, then ends everything that was started, the embedded database last. */
  close(): Promise<void>;
}

type Progress = (sentence: string) => void;

/**
 * Starts the service: the embedded database where none is given, migrations, then HTTP and loops by role.
 * @throws ConfigError with a sentence for the operator, such as a busy port
 */
export async function startService(config: Config, progress: Progress = () => undefined): Promise<RunningService> {
  await requirePort(config.port, config.host);
  const { url, server } = await database(config, progress);
  let app: NestFastifyApplication | undefined;
  const endTracing = await tracing(config);
  try {
    progress('Bringing the schema up to date');
    const ran = await runMigrations(config.migrationDatabaseUrl ?? url, progress);
    if (ran.length > 0) progress(`Migrated: ${ran.length} in all, the newest is ${ran.at(-1)}`);
    progress('Starting the service');
    app = await createApp(config.with({ databaseUrl: url }));
    await app.listen(config.port, config.host);
    const running = app;
    return {
      url: config.publicUrl,
      close: async () => {
        await close(running, server);
        await endTracing();
      },
    };
  } catch (error) {
    await app?.close().catch(() => undefined);
    await server?.stop();
    await endTracing();
    throw error;
  }
}

/** @returns sends what is left, and ends it */
async function tracing({ tracing: options, logLevel }: Config): Promise<() => Promise<void>> {
  if (!options) return () => Promise.resolve();
  const logger = new JsonLogger(logLevel);
  const end = await startTracing({ ...options, log: (message) => logger.warn(message, 'Traces') });
  return () => end().catch((cause: unknown) => logger.warn({ msg: 'The last traces could not be sent.', cause }));
}

/** Requests in flight are given this long; the loops have a limit of their own. */
const HTTP_DRAIN_MILLISECONDS = 8000;

/** HTTP stops accepting first: Nest by itself would end the loops before it, and take requests all the while. */
async function close(app: NestFastifyApplication, server: EmbeddedServer | null): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  const closed = fastify.close();
  const cut = setTimeout(() => fastify.server.closeAllConnections(), HTTP_DRAIN_MILLISECONDS);
  await app.close();
  await closed;
  clearTimeout(cut);
  await server?.stop();
}

async function database(config: Config, progress: Progress): Promise<{ url: string; server: EmbeddedServer | null }> {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl, server: null };
  progress('Starting the embedded PostgreSQL');
  const server = await startEmbeddedServer({ dataDir: config.dataDir, progress });
  return { url: server.url, server };
}

async function createApp(config: Config): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(ServiceModule.for(config), fastifyAdapter(config), {
    logger: new JsonLogger(config.logLevel),
    abortOnError: false,
    bodyParser: true,
  });
  registerParsers(app);
  traceRequests(app.getHttpAdapter().getInstance());
  countHttpRequests(app.getHttpAdapter().getInstance(), app.get(Metrics, { strict: false }).registry);
  if (config.roles.includes('api')) {
    if (config.rateLimits) limitRequests(app.getHttpAdapter().getInstance(), app.get(RateLimits, { strict: false }));
    const [tenants, clock] = [app.get(Tenants, { strict: false }), app.get(Clock, { strict: false })];
    answerPreflights(app.getHttpAdapter().getInstance(), tenants, clock);
    await app.get(AppFolder, { strict: false }).load();
  }
  return app;
}
