import type { SealedRow } from './secret-opening.js';
import type { SecretPlace } from './secret-place.js';

/** A sealed value with the key that it was sealed under, as `secretSelection` gives it: all null where nothing stands. */
export interface SelectedSecret {
  secretVersion: number | null;
  secretGeneration: number | null;
  secretSealed: Buffer | null;
  secretKeyId: string | null;
  secretWrapped: Buffer | null;
}

/**
 * A LATERAL join of what stands at a place, for who reads a row together with its secret; `Vault.openSelected` opens it. Each part is an SQL
 * expression. It is looked up row by row, whatever the planner believes of tables that were never analyzed.
 */
export function secretSelection(of: Record<'tenant' | 'rowId' | 'field', string>, kind: SecretPlace['kind']): string {
  return `LEFT JOIN LATERAL (
    SELECT secret.version AS "secretVersion", secret.generation AS "secretGeneration", secret.sealed AS "secretSealed",
           data_key.key_id AS "secretKeyId", data_key.wrapped AS "secretWrapped"
      FROM vault_secrets secret
      JOIN data_keys data_key ON data_key.tenant_id = secret.tenant_id AND data_key.generation = secret.generation
     WHERE secret.tenant_id = ${of.tenant} AND secret.kind = '${kind}' AND secret.row_id = ${of.rowId} AND secret.field = ${of.field}
       AND data_key.wrapped IS NOT NULL
     LIMIT 1) secret ON true`;
}

/** @returns null where nothing stands */
export function standingOf(selected: SelectedSecret): SealedRow | null {
  const { secretVersion: version, secretGeneration: generation, secretSealed: sealed } = selected;
  const { secretKeyId: keyId, secretWrapped: wrapped } = selected;
  const isThere = version !== null && generation !== null && sealed !== null && keyId !== null && wrapped !== null;
  return isThere ? { version, generation, sealed, keyId, wrapped } : null;
}
