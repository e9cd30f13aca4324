/** The rule that a partner JWT broke (protocol.md C18). */
export type RefusalReason = 'malformed' | 'header' | 'key' | 'signature' | 'claims' | 'time' | 'replay';

/** Public texts: enough to know where to look, not which check of the group failed. */
const SENTENCES: Record<RefusalReason, string> = {
  malformed: 'it is not a compact JWS of at most 8 KiB',
  header: 'its header is not acceptable (alg, typ, kid or crit)',
  key: 'its kid names no key of the registered JWKS',
  signature: 'its signature does not verify',
  claims: 'its iss, aud, user or org claim is not as registered',
  time: 'it is expired, not yet valid, or lives longer than allowed',
  replay: 'its jti was used before or is missing',
};

export class RefusedToken extends Error {
  override readonly name = 'RefusedToken';

  constructor(
    readonly reason: RefusalReason,
    /** For the tenant's own eyes (log, explain): never for the caller of the token endpoint. */
    readonly detail: string,
  ) {
    super(SENTENCES[reason]);
  }
}
