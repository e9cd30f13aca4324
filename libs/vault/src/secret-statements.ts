import type { TenantId } from '#libs/database';
import type { SealedValue, SecretPlace } from './secret-place.js';

/** A first value, sealed for its place. */
export interface NewSecret extends SealedValue {
  tenantId: TenantId;
  place: SecretPlace;
}

/**
 * The statement that stores a new secret once for each row of `from`, for who writes a row and its secrets in one statement.
 * @param from a table expression of one row, or of none when nothing is to be stored
 * @param parameters of the whole statement; those of this one are appended
 */
export function secretInsertion(
  { tenantId, place, generation, sealed }: NewSecret,
  from: string,
  parameters: unknown[],
): string {
  const types = ['uuid', 'text', 'text', 'text', 'integer', 'bytea'];
  const first = parameters.push(tenantId, place.kind, place.rowId, place.field, generation, sealed) - types.length + 1;
  const [tenant, kind, row, field, key, value] = types.map((type, index) => `$${first + index}::${type}`);
  return `INSERT INTO vault_secrets (tenant_id, kind, row_id, field, version, generation, sealed)
          SELECT ${tenant}, ${kind}, ${row}, ${field}, 1, ${key}, ${value} FROM ${from}`;
}

/**
 * The UPDATE that puts other values in the place of several rows' secrets, each only where the version stands that it names, for who writes
 * rows and their secrets in one statement. Returns each one's `row_id`.
 * @param from a table with the columns `secret_row`, `secret_version`, `generation` and `sealed`: sealed for the version after that
 * @param rows an array of the same rows' ids: with it they are looked up, whatever the planner believes of a table that was never analyzed
 */
export function secretReplacement(
  { kind, field }: Omit<SecretPlace, 'rowId'>,
  { tenant, rows, from }: { tenant: string; rows: string; from: string },
  parameters: unknown[],
): string {
  const first = parameters.push(kind, field) - 1;
  return `UPDATE vault_secrets secret SET version = anew.secret_version + 1, generation = anew.generation, sealed = anew.sealed
            FROM ${from} anew
           WHERE secret.tenant_id = ${tenant} AND secret.kind = $${first} AND secret.row_id = ANY (${rows}) AND secret.field = $${first + 1}
             AND secret.row_id = anew.secret_row AND secret.version = anew.secret_version
          RETURNING secret.row_id`;
}
