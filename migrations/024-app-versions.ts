import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An app's document is kept as versions, and each operation as a row: a run reads the version it began with. */
export class AppVersions1795651203000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE app_versions (
        app_id uuid NOT NULL,
        version integer NOT NULL,
        definition jsonb NOT NULL,
        actions jsonb NOT NULL,
        definition_digest bytea NOT NULL,
        document_digest bytea NOT NULL,
        created_at timestamptz NOT NULL,
        superseded_at timestamptz,
        CONSTRAINT app_versions_pkey PRIMARY KEY (app_id, version),
        CONSTRAINT app_versions_app_id_fkey FOREIGN KEY (app_id) REFERENCES apps (id) ON DELETE CASCADE,
        CONSTRAINT app_versions_version_check CHECK (version > 0)
      )`);
    await runner.query(
      `CREATE UNIQUE INDEX app_versions_one_current_per_app ON app_versions (app_id) WHERE superseded_at IS NULL`,
    );
    await runner.query(`
      CREATE TABLE app_operations (
        app_id uuid NOT NULL,
        version integer NOT NULL,
        key text NOT NULL,
        definition jsonb NOT NULL,
        outputs jsonb NOT NULL,
        CONSTRAINT app_operations_pkey PRIMARY KEY (app_id, version, key),
        CONSTRAINT app_operations_app_id_version_fkey FOREIGN KEY (app_id, version)
          REFERENCES app_versions (app_id, version) ON DELETE CASCADE
      )`);
    await runner.query(`ALTER TABLE apps ADD COLUMN version integer NOT NULL DEFAULT 1`);
    // Digests that no document has: the next registration of each compares what it says, and makes version 2.
    await runner.query(`
      INSERT INTO app_versions (app_id, version, definition, actions, definition_digest, document_digest, created_at)
      SELECT id, 1, definition - 'operations' - 'actions' || jsonb_build_object('actionTypes', ARRAY(
                SELECT DISTINCT action->>'type' FROM jsonb_array_elements(definition->'actions') action)),
             definition->'actions', '', '', updated_at
        FROM apps`);
    await runner.query(`
      INSERT INTO app_operations (app_id, version, key, definition, outputs)
      SELECT app.id, 1, operation.key, operation.value, '[]'
        FROM apps app CROSS JOIN LATERAL jsonb_each(app.definition->'operations') operation`);
    await runner.query(`ALTER TABLE apps ALTER COLUMN version DROP DEFAULT, DROP COLUMN definition`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE apps ADD COLUMN definition jsonb`);
    await runner.query(`
      UPDATE apps SET definition = current.definition - 'actionTypes' || jsonb_build_object('actions', current.actions,
             'operations', (SELECT coalesce(jsonb_object_agg(operation.key, operation.definition), '{}')
                              FROM app_operations operation
                             WHERE operation.app_id = apps.id AND operation.version = apps.version))
        FROM app_versions current WHERE current.app_id = apps.id AND current.version = apps.version`);
    await runner.query(`ALTER TABLE apps ALTER COLUMN definition SET NOT NULL, DROP COLUMN version`);
    await runner.query(`DROP TABLE app_operations`);
    await runner.query(`DROP TABLE app_versions`);
  }
}
