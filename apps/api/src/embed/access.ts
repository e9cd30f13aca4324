export interface Access {
  scope: string;
  /** Whose tokens: of users, or of the client itself. */
  of: 'user' | 'app';
  /** Whether `client_id` in the query is enough (protocol.md §6). */
  clientId: boolean;
}

export const accessKey = 'gatehouse:access';
