/**
 * What is limited, by how much a minute. Whoever counts names the subject: a client, a user, an address.
 *
 * The figures are far above what one caller needs and far below what one process serves. They keep one caller from slowing the others; what
 * Zapier allows (60 a minute of an address, 150 of a partner: protocol.md §6.2) is too little for a busy partner's backend.
 */
export const limits = {
  /** Of one client at the OAuth endpoints, for what followed its right secret. Nobody else can spend it. */
  'oauth-client': 3000,
  /** Of these, revocations: each is held in the memory of every process for as long as its token would have lived. */
  'client-revocations': 300,
  /**
   * Of one address at the OAuth endpoints: the backends of a few busy clients, which may well share one, also while another there sends all the
   * wrong secrets that it may. A bad one costs `FAILURE_COST`.
   */
  'oauth-address': 12_000,
  /** Wrong secrets for one client from one address. The client goes on from its other addresses. */
  'client-guesses': 60,
  /** Wrong secrets from one address, whichever clients they name. */
  'client-failures': 300,
  /** Of one user at `/v1` and `/v2`, over all of its tokens: another token is no way around it. Every page and job of one person's. */
  user: 3000,
  /** Of all users of a tenant there: so that one tenant's busiest hour is not everybody's. */
  tenant: 30_000,
  /** Runs of a tenant. Each is under way for three minutes at most, one of an upstream for an hour: this bounds how many wait at once. */
  'tenant-runs': 9000,
  /** Of one address that only names a `client_id` there. It is no secret: were these the tenant's, anybody could spend what its users have. */
  'public-reads': 600,
  /** Bad tokens there from one address. */
  'bearer-failures': 300,
  /** Bad admin tokens from one address. Operators choose that token, so of all secrets it is the one worth guessing. */
  'admin-failures': 60,
  /** Of one address that opens Connect with session codes: everybody in one office. A bad code costs `FAILURE_COST`, which leaves 120 of them. */
  'connect-links': 1200,
  /** Of one address that begins to authorize a client, or comes back from its tenant's login: everybody in one office, too. */
  'sign-ins': 1200,
  /** Of one address that an upstream calls back from. A bad one costs `FAILURE_COST`. */
  'upstream-callbacks': 6000,
} as const;

export type LimitName = keyof typeof limits;

/** What a request with bad credentials costs where one limit counts good and bad ones. */
export const FAILURE_COST = 10;
