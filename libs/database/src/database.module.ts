import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '#libs/config';
import { DatabaseTime } from './database-time.js';
import { Database } from './database.js';
import { DeadlineClient, QUERY_TIMEOUT_MILLISECONDS, STATEMENT_TIMEOUT_MILLISECONDS } from './deadline-client.js';
import { SnakeNaming } from './snake-naming.js';
import { Wakeups } from './wakeups.js';

const POOL_SIZE = 10;

@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Config],
      useFactory: (config: Config) => ({
        type: 'postgres' as const,
        url: config.databaseUrl ?? '',
        applicationName: 'gatehouse',
        autoLoadEntities: true,
        namingStrategy: new SnakeNaming(),
        poolSize: POOL_SIZE,
        retryAttempts: 10,
        retryDelay: 500,
        // A database that hangs must fail requests rather than gather them.
        connectTimeoutMS: 5000,
        extra: {
          Client: DeadlineClient,
          connectionTimeoutMillis: 5000,
          statement_timeout: STATEMENT_TIMEOUT_MILLISECONDS,
          query_timeout: QUERY_TIMEOUT_MILLISECONDS,
          keepAlive: true,
        },
        logging: false,
      }),
    }),
  ],
  providers: [Database, DatabaseTime, Wakeups],
  exports: [Database, Wakeups],
})
export class DatabaseModule {}
