import type { MigrationInterface, QueryRunner } from 'typeorm';
import { OF_TENANT, THIS_TENANT } from './row-security.js';

const APP_PARTS = ['app_versions', 'app_operations'];
const PART_OF_OWN = `EXISTS (SELECT FROM apps WHERE apps.id = app_id AND apps.tenant_id = ${THIS_TENANT})`;
/** Which apps a statement sees, the policies of `apps` say. Only the releases before this migration name no tenant at all, and read by the app's id alone. */
const PART_OF_SEEN = `${THIS_TENANT} IS NULL OR EXISTS (SELECT FROM apps WHERE apps.id = app_id)`;

/**
 * The definition of an app is read by who sees the app, and written by whose it is. A policy for each kind of statement: where one for all of
 * them stood beside that for reading, both would be asked at each read.
 */
export class AppPartsSeen1795651216000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of APP_PARTS) {
      for (const policy of ['shared_rows', 'own_rows']) await runner.query(`DROP POLICY ${policy} ON ${table}`);
      const policy = (name: string) => `CREATE POLICY ${name} ON ${table}`;
      await runner.query(`${policy('seen_rows')} FOR SELECT TO ${OF_TENANT} USING (${PART_OF_SEEN})`);
      await runner.query(`${policy('inserted_rows')} FOR INSERT TO ${OF_TENANT} WITH CHECK (${PART_OF_OWN})`);
      await runner.query(`${policy('updated_rows')} FOR UPDATE TO ${OF_TENANT} USING (${PART_OF_OWN})`);
      await runner.query(`${policy('deleted_rows')} FOR DELETE TO ${OF_TENANT} USING (${PART_OF_OWN})`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of APP_PARTS) {
      for (const policy of ['seen_rows', 'inserted_rows', 'updated_rows', 'deleted_rows'])
        await runner.query(`DROP POLICY ${policy} ON ${table}`);
      await runner.query(`CREATE POLICY own_rows ON ${table} TO ${OF_TENANT} USING (${PART_OF_OWN})`);
      await runner.query(`CREATE POLICY shared_rows ON ${table} FOR SELECT TO ${OF_TENANT} USING (true)`);
    }
  }
}
