/** How connecting ended. `connected` means that the server has confirmed it. */
export type ConnectResult =
  | { status: 'connected'; connectionId: string }
  | { status: 'failed'; error: string }
  | { status: 'closed' | 'blocked' | 'timed_out' };

/** `attempt` lets the SDK ask the server how it went where the popup cannot tell. */
export type SessionCode = string | { code: string; attempt?: string };

export interface EmbedOptions {
  /** Where Gatehouse is, for example `https://connect.example.com`. */
  baseUrl: string;
  /** A browser token (or access token) of the user who connects, with `connection:write`. */
  getToken: () => string | Promise<string>;
  /** How long a person may take; default 600. */
  timeoutSeconds?: number;
}

export interface ConnectOptions {
  /** The app's id or key. */
  app: string;
  /** Single use. Give a function, so that the popup opens inside the click and the code is fetched meanwhile. */
  sessionCode: SessionCode | (() => SessionCode | Promise<SessionCode>);
  mode?: 'popup' | 'redirect';
  /** Redirect mode: where the browser comes back to; `completeRedirect` goes there. */
  redirectUri?: string;
  /** An existing connection to sign in to again. It keeps its id. */
  reconnectId?: string;
  state?: string;
  theme?: string;
}

export interface Embed {
  /** Never rejects. In popup mode, call it inside a click. */
  connect(options: ConnectOptions): Promise<ConnectResult>;
  /** On the page of `redirectUri`: the result, or undefined when the address holds none. Cleans the address. */
  completeRedirect(): Promise<ConnectResult | undefined>;
}

export interface Popup {
  readonly closed: boolean;
  readonly location: { replace(url: string): void };
  close(): void;
}

/** What is used of `window`. */
export interface Page {
  open(url: string, name: string, features: string): Popup | null;
  addEventListener(type: 'message' | 'pageshow', listener: (event: Event) => void): void;
  removeEventListener(type: 'message' | 'pageshow', listener: (event: Event) => void): void;
  fetch(url: string, init: RequestInit): Promise<Response>;
  readonly document: { hasFocus(): boolean };
  readonly history: { replaceState(data: unknown, unused: string, url: string): void };
  readonly location: { readonly href: string; assign(url: string): void };
}
