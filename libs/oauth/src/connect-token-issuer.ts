import type { AuthenticatedClient } from './grant.js';

export interface ConnectTokenRequest extends AuthenticatedClient {
  userId: string;
  /** The authorization, and the access token, that it comes from: it ends with them. Null where a JWT was exchanged. */
  grantId: string | null;
  rootId: string | null;
  /** Absolute URL where the token will be used. */
  resource: URL;
}

export interface IssuedConnectToken {
  token: string;
  attemptId: string;
  lifetimeSeconds: number;
}

/** Issues session codes. Declared here, where they are asked for; the Connect lib, which redeems them, implements it. */
export abstract class ConnectTokenIssuer {
  /** @throws Problem invalid_target when `resource` is not a Connect page of an app of this tenant */
  abstract issue(request: ConnectTokenRequest): Promise<IssuedConnectToken>;
}
