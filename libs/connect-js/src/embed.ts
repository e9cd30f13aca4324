/** How connecting ended. `connected` means that the server has confirmed it. */
export type ConnectResult =
  | { status: 'connected'; connectionId: string }
  /** `error` is for people; `code` is for code, such as `access_denied`, `account_mismatch`, `token_expired` or `network`. */
  | { status: 'failed'; error: string; code: string }
  /** `redirect`, for the next click, goes on in this window. It is there where a `redirectUri` was given. */
  | { status: 'blocked'; redirect?: () => Promise<ConnectResult> }
  | { status: 'closed' | 'timed_out' };

/** `attempt` lets the SDK ask the server how it went where the popup cannot tell. */
export type SessionCode = string | { code: string; attempt?: string | undefined };

export interface EmbedOptions {
  /** Where Gatehouse is, for example `https://connect.example.com`. */
  baseUrl: string;
  /**
   * Answers a browser token of the person who is signed in. It is kept until the server says that it has ended: then this is called
   * again, and must answer a new one. For another person make another embed.
   */
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
  /**
   * A page of yours that calls `completeRedirect`: where redirect mode comes back to. Give it in popup mode too: there it is the only way
   * back from an app whose sign-in cuts the window off from yours (Cross-Origin-Opener-Policy).
   */
  redirectUri?: string;
  /** An existing connection to sign in to again. It keeps its id. */
  reconnectId?: string;
  state?: string;
  theme?: string;
}

/** An app on the wire. */
export interface App {
  id: string;
  key: string;
  title: string;
  description: string | null;
  image: string;
  categories: { slug: string }[];
  /** `connect_new_authentication` is null for an app that needs no account. */
  links: { connect_new_authentication: string | null };
}

/** A connection on the wire, where it is called an authentication. */
export interface Connection {
  id: string;
  app: string;
  title: string;
  status: 'pending' | 'connected' | 'degraded' | 'needs_reauth' | 'disabled';
  status_reason: string | null;
  is_expired: boolean;
  account: { id: string | null; title: string | null } | null;
  created_at: string;
  expires_at: string | null;
  metadata: unknown;
}

export interface RunRequest {
  /** The action's id, as `GET /v2/actions` lists it. */
  action: string;
  /** The connection's id; none for an app that needs no account. */
  authentication?: string | null;
  inputs?: Record<string, unknown>;
}

export interface RunOptions {
  signal?: AbortSignal | undefined;
  /**
   * By default one of its own for each call. Give the same again, after a call whose answer was lost: the server then answers the run that
   * was made, and makes no second one.
   */
  idempotencyKey?: string | undefined;
}

/** A run that succeeded. */
export interface Run {
  id: string;
  status: 'success';
  results: unknown[];
}

export interface Embed {
  /** Never rejects. In popup mode, call it inside a click; a second call for the same while its window is open shows that window. */
  connect(options: ConnectOptions): Promise<ConnectResult>;
  /** On the page of `redirectUri`: the result, or undefined when the address holds none. Cleans the address. */
  completeRedirect(): Promise<ConnectResult | undefined>;
  /** After a reload: the result of the window that this tab had open before, or undefined when there was none. */
  resume(): Promise<ConnectResult | undefined>;
  /** @throws EmbedError. Needs `zap`. */
  apps(filter?: { query?: string; category?: string }): Promise<App[]>;
  /** Of the person who is signed in. @throws EmbedError. Needs `connection:read`. */
  connections(filter: { app: string }): Promise<Connection[]>;
  /**
   * Runs an action and waits for its end. Aborting ends the waiting, not the run. Needs `action:run`.
   * @throws EmbedError also when the run itself failed: then with its `runId` and the code of its first error
   */
  run(request: RunRequest, options?: RunOptions): Promise<Run>;
}
