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
