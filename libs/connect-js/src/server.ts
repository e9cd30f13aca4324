import type { ConnectOptions, ConnectResult } from './embed.js';

/** Gatehouse, as the SDK speaks to it. */
export interface Server {
  origin: string;
  connectUrl(code: string, options: ConnectOptions): string;
  finish(answer: Answer): Promise<ConnectResult>;
  lookUp(attempt: string): Promise<{ state: string; result?: ConnectResult }>;
}

/** What the message or the address carries. */
export interface Answer {
  id?: string | undefined;
  code?: string | undefined;
  attempt?: string | undefined;
  error?: string | undefined;
}
