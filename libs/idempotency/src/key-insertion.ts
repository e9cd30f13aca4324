/** For so long an earlier request is remembered. */
export const KEY_SECONDS = 86_400;

/**
 * The statement that takes a key, for who writes what the request makes in the same statement. It returns a row when the key was free, or held
 * by a request that is forgotten by now.
 * @param values a VALUES or SELECT of tenant, user, key digest, fingerprint, made id, expiry
 * @param now the parameter that holds the time
 */
export function keyInsertion(values: string, now: string): string {
  return `INSERT INTO idempotency_keys AS held (tenant_id, user_id, key_digest, fingerprint, made_id, expires_at) ${values}
    ON CONFLICT (tenant_id, user_id, key_digest) DO UPDATE
       SET fingerprint = EXCLUDED.fingerprint, made_id = EXCLUDED.made_id, status = NULL, expires_at = EXCLUDED.expires_at
     WHERE held.expires_at <= ${now} RETURNING held.tenant_id`;
}
