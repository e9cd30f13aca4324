import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addColumns, createIndex, dropColumns, dropIndexes } from './online.js';

/** Third parties that could not be told are told later, a few times; and each app's have a share of the places of a worker. */
export class RevocationTries1795651217000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await addColumns(runner, 'due_revocations', { attempts: 'integer NOT NULL DEFAULT 0' });
    await createIndex(runner, 'due_revocations_due_of_app', 'due_revocations (tenant_id, app_id, due_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropIndexes(runner, 'due_revocations_due_of_app');
    await dropColumns(runner, 'due_revocations', 'attempts');
  }
}
