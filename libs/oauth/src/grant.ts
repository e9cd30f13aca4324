import type { Client, GrantName, Tenant } from '#libs/tenants';

/** A client that has proved who it is (a public one: that has named itself), with its tenant. */
export interface AuthenticatedClient {
  tenant: Tenant;
  client: Client;
}

/** Members of RFC 6749 §5.1 and RFC 8693 §2.2.1, and what we add. */
export interface TokenResponse {
  access_token: string;
  token_type: 'Bearer' | 'N_A';
  expires_in: number;
  scope: string;
  refresh_token?: string;
  issued_token_type?: string;
  /** The connect attempt that a session code opens. */
  attempt?: string;
}

export type Parameters = Partial<Record<string, string>>;

/** A grant is data: the endpoint strips undeclared parameters, refuses repeated ones, authenticates the client, and calls the handler. */
export interface Grant {
  grantType: string;
  name: GrantName;
  parameters: readonly string[];
  /** `any`: public clients too, which have no secret and only name themselves. */
  clients: 'confidential' | 'any';
  handler(parameters: Parameters, caller: AuthenticatedClient): Promise<TokenResponse>;
}

/** Injection token of all grants that the token endpoint serves. */
export const GRANTS = Symbol('GRANTS');
