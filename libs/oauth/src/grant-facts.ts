/** What was allowed, to whom, by whom. */
export interface GrantFacts {
  clientId: string;
  userId: string;
  scopes: string[];
}

/** A grant that is not revoked and not over, of a user who is not disabled. */
export interface LiveGrant extends GrantFacts {
  id: string;
}
