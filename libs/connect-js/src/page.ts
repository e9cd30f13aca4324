export interface Popup {
  readonly closed: boolean;
  readonly location: { replace(url: string): void };
  close(): void;
  focus(): void;
}

export interface Channel {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  close(): void;
}

/** What is used of `window`. */
export interface Page {
  open(url: string, name: string, features: string): Popup | null;
  close(): void;
  addEventListener(type: 'message' | 'pageshow', listener: (event: Event) => void): void;
  removeEventListener(type: 'message' | 'pageshow', listener: (event: Event) => void): void;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Without `randomUUID` where the page came without TLS. */
  readonly crypto: { randomUUID?(): string };
  readonly BroadcastChannel: new (name: string) => Channel;
  readonly sessionStorage: Pick<Storage, 'getItem' | 'setItem'>;
  readonly document: { hasFocus(): boolean };
  readonly history: { replaceState(data: unknown, unused: string, url: string): void };
  readonly location: { readonly href: string; assign(url: string): void };
}
