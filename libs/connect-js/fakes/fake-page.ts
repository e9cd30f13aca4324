import type { Channel, Page, Popup } from '../src/index.js';
import { baseUrl, FakeGatehouse } from './fake-gatehouse.js';

class FakePopup implements Popup {
  closed = false;
  focused = 0;
  shown: string | undefined;
  readonly location = { replace: (url: string) => void (this.shown = url) };
  close(): void {
    this.closed = true;
  }
  focus(): void {
    this.focused += 1;
  }
}

/** The channels of one browser, between pages of one origin. */
class FakeBrowser {
  readonly channels = new Set<FakeChannel>();
}

class FakeChannel implements Channel {
  private readonly listeners: ((event: { data: unknown }) => void)[] = [];

  constructor(
    private readonly browser: FakeBrowser,
    private readonly name: string,
  ) {
    browser.channels.add(this);
  }

  postMessage(message: unknown): void {
    for (const other of this.browser.channels) {
      if (other === this || other.name !== this.name) continue;
      setTimeout(() => other.listeners.forEach((listener) => listener({ data: structuredClone(message) })), 0);
    }
  }
  addEventListener(_type: 'message', listener: (event: { data: unknown }) => void): void {
    this.listeners.push(listener);
  }
  close(): void {
    this.browser.channels.delete(this);
  }
}

/** A page of the partner: one tab, which may be told to block windows, to lose the focus or to be reloaded. */
export class FakePage implements Page {
  popups: FakePopup[] = [];
  blocks = false;
  focused = true;
  isClosed = false;
  href = 'https://notes.example/connected';
  assigned: string | undefined;
  readonly listeners = new Set<(event: Event) => void>();
  readonly fetch: FakeGatehouse['fetch'];
  crypto: Page['crypto'] = { randomUUID: () => `key-${(this.keys += 1)}` };
  private keys = 0;
  readonly document = { hasFocus: () => this.focused };
  readonly history = { replaceState: (_data: unknown, _unused: string, url: string) => void (this.href = url) };
  readonly stored = new Map<string, string>();
  readonly sessionStorage: Page['sessionStorage'] = {
    getItem: (name) => this.stored.get(name) ?? null,
    setItem: (name, value) => void this.stored.set(name, value),
  };
  readonly BroadcastChannel: Page['BroadcastChannel'];

  constructor(
    readonly gatehouse = new FakeGatehouse(),
    readonly browser = new FakeBrowser(),
  ) {
    this.fetch = gatehouse.fetch;
    this.BroadcastChannel = class extends FakeChannel {
      constructor(name: string) {
        super(browser, name);
      }
    };
  }

  /** The window that was opened last. */
  get popup(): FakePopup {
    const last = this.popups.at(-1);
    if (!last) throw new Error('No window was opened.');
    return last;
  }
  get location() {
    return { href: this.href, assign: (url: string) => void (this.assigned = url) };
  }
  open(): Popup | null {
    if (this.blocks) return null;
    this.popups.push(new FakePopup());
    return this.popup;
  }
  close(): void {
    this.isClosed = true;
  }
  addEventListener(_type: string, listener: (event: Event) => void): void {
    this.listeners.add(listener);
  }
  removeEventListener(_type: string, listener: (event: Event) => void): void {
    this.listeners.delete(listener);
  }
  post(data: unknown, from: { origin?: string; source?: unknown } = {}): void {
    const source = this.popups.at(-1);
    const event = Object.assign(new Event('message'), { data, origin: baseUrl, source, ...from });
    for (const listener of this.listeners) listener(event);
  }
  /** Another page at the same origin: in the window that was opened, or in this tab after a reload, with what it had stored. */
  beside(href: string, stored: ReadonlyMap<string, string> = new Map()): FakePage {
    const page = new FakePage(this.gatehouse, this.browser);
    page.href = href;
    for (const [name, value] of stored) page.stored.set(name, value);
    return page;
  }
}
