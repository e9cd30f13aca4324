import { randomBytes } from 'node:crypto';
import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { Config, ConfigModule, type KeyringEntry } from '#libs/config';
import { DatabaseModule, type ScopedDatabase } from '#libs/database';
import { EgressModule } from '#libs/egress';
import { Clock } from '#libs/scheduling';
import { TenantsModule } from '#libs/tenants';
import { FakeClock } from './fake-clock.js';
import { ownerDatabase } from './owner-database.js';
import { temporaryFolder } from './temporary-folder.js';

export interface TestAppOptions<Time extends Clock = FakeClock> {
  databaseUrl: string;
  /** Modules of the libs under test. Tenants, without which there is nothing to test, are there already. */
  imports: (Type | DynamicModule)[];
  keyring?: KeyringEntry[];
  /** By default one of its own, which goes when the app closes. */
  dataDir?: string;
  /** By default one that stands still. Shared by two apps that are to be two processes at the same time. */
  clock?: Time;
}

/** One process of the service, as far as its libs can tell. */
export interface TestApp<Time extends Clock = FakeClock> extends AsyncDisposable {
  clock: Time;
  /** Every row: see ownerDatabase. What the service may do, `get(Database)` may. */
  database: ScopedDatabase;
  keyring: KeyringEntry[];
  get<T>(type: abstract new (...parameters: never[]) => T): T;
  close(): Promise<void>;
}

/** Wires the given libs as the service does, over a database of the test's own and with a clock that the test moves. */
export async function startTestApp<Time extends Clock = FakeClock>(
  options: TestAppOptions<Time>,
): Promise<TestApp<Time>> {
  const { databaseUrl, imports, keyring = [{ id: 'k1', key: randomBytes(32) }] } = options;
  const clock = options.clock ?? (new FakeClock() as Clock as Time);
  const ownFolder = options.dataDir === undefined ? temporaryFolder('data') : null;
  const root = {
    module: class TestRoot {},
    imports: [
      ConfigModule.for(testConfig(databaseUrl, keyring, options.dataDir ?? ownFolder?.path ?? '')),
      {
        module: class FakeScheduling {},
        global: true,
        providers: [{ provide: Clock, useValue: clock }],
        exports: [Clock],
      },
      DatabaseModule,
      EgressModule,
      TenantsModule,
      ...imports,
    ],
  };
  const starting = NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
  const context: INestApplicationContext = await starting.catch((error: unknown) => {
    ownFolder?.remove();
    throw error;
  });
  const close = async () => {
    await context.close();
    ownFolder?.remove();
  };
  return {
    clock,
    keyring,
    database: ownerDatabase(context.get(DataSource)),
    get: (type) => context.get(type as Type, { strict: false }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function testConfig(databaseUrl: string, vaultKeyring: KeyringEntry[], dataDir: string): Config {
  return new Config({
    production: false,
    databaseUrl,
    dataDir,
    host: '127.0.0.1',
    port: 3000,
    publicUrl: 'http://localhost:3000',
    adminToken: randomBytes(32).toString('base64url'),
    vaultKeyring,
    rateLimits: true,
    trustedProxies: [],
    egressAllow: ['127.0.0.0/8', '::1/128', 'localhost'],
    roles: ['api', 'worker'],
    appsDir: '',
    logLevel: 'silent',
    generatedFiles: [],
  });
}
