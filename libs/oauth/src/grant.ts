import type { GrantName } from '#libs/tenants';
import type { Client, Tenant } from '#libs/tenants';

/** A client that has proved who it is, with its tenant. */
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
  issued_token_type?: string;
  /** The connect attempt that a session code opens. */
  attempt?: string;
}

/** A grant is data: the endpoint strips undeclared parameters, refuses repeated ones, and calls the handler. */
export interface Grant {
  grantType: string;
  name: GrantName;
  parameters: readonly string[];
  handler(parameters: Partial<Record<string, string>>, caller: AuthenticatedClient): Promise<TokenResponse>;
}
