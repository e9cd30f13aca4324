/** Who waits for a place in the budget: a person, for 5 s at most, or a worker, which is soon told when to come back. */
export type UpstreamUrgency = 'person' | 'worker';

export interface UpstreamRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the upstream's `apiUrl`, such as `/v2/actions`. */
  path: string;
  query?: Record<string, string>;
  /** JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  urgency: UpstreamUrgency;
  timeoutSeconds?: number;
  /** It was told `throttled` before, and comes at the time that it was given: it goes before those who come for the first time. */
  isReturning?: boolean;
  /** Callers of a worker that wait in an order of their own: `throttled` names the time from which the next of them may come, the same to each. */
  keepsLine?: boolean;
  /** Waited for when the request has its place in the budget, right before it goes out. What it throws is what `call` throws: nothing was sent. */
  beforeSend?: () => Promise<void>;
}

export interface UpstreamAnswer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** Parsed JSON; null where there is no body. */
  body: unknown;
}
