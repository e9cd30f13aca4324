export interface Reply {
  status: number;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  html?: string;
}

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const redirect = (location: string): Reply => ({ status: 303, headers: { location } });
export const page = (html: string, status = 200): Reply => ({ status, html });
