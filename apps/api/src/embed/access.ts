export interface Access {
  scope: string;
  /** Whether `client_id` in the query is enough (protocol.md §6). */
  clientId: boolean;
}

export const accessKey = 'gatehouse:access';
