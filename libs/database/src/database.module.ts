import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '#libs/config';
import { Database } from './database.js';
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
        // The process must come up while the database is away: `/health/ready` then says so, and it recovers by itself.
        retryAttempts: 10,
        retryDelay: 500,
        logging: false,
      }),
    }),
  ],
  providers: [Database, Wakeups],
  exports: [Database, Wakeups],
})
export class DatabaseModule {}
