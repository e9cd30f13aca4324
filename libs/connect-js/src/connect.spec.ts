import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEmbed, type ConnectOptions, type Page, type Popup } from './index.js';

const baseUrl = 'https://gate.example';

/** A server that keeps the state of one attempt, as Gatehouse does under the strict policy. */
class FakeGatehouse {
  state = 'opened';
  readonly calls: { url: string; authorization: string | null; body: string }[] = [];
  loseNextAnswer = false;

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const authorization = new Headers(init.headers).get('authorization');
    this.calls.push({ url, authorization, body: typeof init.body === 'string' ? init.body : '' });
    if (init.method === 'POST') return this.confirm();
    return this.answer(200, { data: { state: this.state, authentication: 'con_1', error: 'OAuth Failed: denied' } });
  };

  private confirm(): Response {
    if (this.state !== 'pending') {
      return this.answer(409, { errors: [{ title: 'Conflict', detail: 'This attempt is over.' }] });
    }
    this.state = 'connected';
    return this.answer(200, { data: { state: 'connected' } });
  }

  private answer(status: number, body: object): Response {
    if (this.loseNextAnswer) {
      this.loseNextAnswer = false;
      throw new TypeError('network');
    }
    return Response.json(body, { status });
  }
}

class FakePopup implements Popup {
  closed = false;
  shown: string | undefined;
  readonly location = { replace: (url: string) => void (this.shown = url) };
  close(): void {
    this.closed = true;
  }
}

class FakePage implements Page {
  popup: FakePopup | null = new FakePopup();
  focused = true;
  href = 'https://notes.example/connected';
  assigned: string | undefined;
  readonly listeners = new Set<(event: Event) => void>();
  readonly gatehouse = new FakeGatehouse();
  readonly fetch = this.gatehouse.fetch;
  readonly document = { hasFocus: () => this.focused };
  readonly history = { replaceState: (_data: unknown, _unused: string, url: string) => void (this.href = url) };
  readonly opened: string[] = [];

  get location() {
    return { href: this.href, assign: (url: string) => void (this.assigned = url) };
  }
  open(_url: string, name: string): Popup | null {
    this.opened.push(name);
    return this.popup;
  }
  addEventListener(_type: string, listener: (event: Event) => void): void {
    this.listeners.add(listener);
  }
  removeEventListener(_type: string, listener: (event: Event) => void): void {
    this.listeners.delete(listener);
  }
  post(data: unknown, from: { origin?: string; source?: unknown } = {}): void {
    const event = Object.assign(new Event('message'), { data, origin: baseUrl, source: this.popup, ...from });
    for (const listener of this.listeners) listener(event);
  }
}

let page: FakePage;

const options: ConnectOptions = { app: 'acme-crm', sessionCode: { code: 'c0de', attempt: 'att_1' }, mode: 'popup' };
const success = { type: 'authenticationSuccess', authId: 'con_1', connect_code: 'cc', attempt: 'att_1' };
const embed = () => createEmbed({ baseUrl, getToken: () => 'token' }, page);
const connect = (changes: Partial<ConnectOptions> = {}) => embed().connect({ ...options, ...changes });
const settled = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  page = new FakePage();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a popup', () => {
  it('opens inside the click, before the session code is known, and then goes to Connect', async () => {
    const result = connect({ sessionCode: async () => 'c0de', state: 's', theme: 'dark', reconnectId: 'con_1' });
    expect(page.opened).toHaveLength(1);
    expect(page.popup?.shown).toBeUndefined();
    await settled(0);
    expect(page.popup?.shown).toBe(`${baseUrl}/to/acme-crm?token=c0de&state=s&theme=dark&reconnect_id=con_1`);
    page.popup?.close();
    await settled(1000);
    expect(await result).toEqual({ status: 'closed' });
  });

  it('is confirmed with the user token before it counts as connected', async () => {
    page.gatehouse.state = 'pending';
    const result = connect();
    await settled(0);
    page.post(success);
    page.popup?.close();
    expect(await result).toEqual({ status: 'connected', connectionId: 'con_1' });
    const [call] = page.gatehouse.calls;
    expect(call).toEqual({
      url: `${baseUrl}/v2/connect-attempts/att_1/confirm`,
      authorization: 'Bearer token',
      body: '{"connect_code":"cc"}',
    });
    expect(page.listeners.size).toBe(0);
  });

  it('counts as connected when only the answer to the confirmation was lost', async () => {
    page.gatehouse.state = 'pending';
    page.gatehouse.loseNextAnswer = true;
    const result = connect();
    await settled(0);
    page.post(success);
    expect(await result).toEqual({ status: 'connected', connectionId: 'con_1' });
  });

  it('fails, in the words of the server, when the confirmation is refused', async () => {
    const result = connect();
    await settled(0);
    page.post(success);
    expect(await result).toEqual({ status: 'failed', error: 'This attempt is over.' });
  });

  it('fails with the reason that the message gives', async () => {
    const result = connect();
    page.post({ type: 'authenticationError', error: 'OAuth Failed: denied' });
    expect(await result).toEqual({ status: 'failed', error: 'OAuth Failed: denied' });
    expect(page.popup?.closed).toBe(true);
  });

  it('needs no confirmation where none is asked for, and takes a numeric id', async () => {
    const result = connect();
    page.post({ type: 'authenticationSuccess', authId: 12345 });
    expect(await result).toEqual({ status: 'connected', connectionId: '12345' });
    expect(page.gatehouse.calls).toEqual([]);
  });

  it('believes no other origin, window, attempt or state', async () => {
    const result = connect({ state: 'mine' });
    await settled(0);
    page.post(success, { origin: 'https://evil.example' });
    page.post(success, { source: new FakePopup() });
    page.post({ ...success, attempt: 'att_2' });
    page.post({ ...success, state: 'other' });
    page.post({ type: 'authenticationError', error: 'real' });
    expect(await result).toEqual({ status: 'failed', error: 'real' });
  });

  it('is blocked where the browser opens none', async () => {
    page.popup = null;
    expect(await connect()).toEqual({ status: 'blocked' });
  });

  it('closes when no session code can be had', async () => {
    const result = connect({ sessionCode: () => Promise.reject(new Error('Sign in again.')) });
    expect(await result).toEqual({ status: 'failed', error: 'Sign in again.' });
    expect(page.popup?.closed).toBe(true);
  });

  it('times out and closes', async () => {
    const result = connect();
    await settled(600_000);
    expect(await result).toEqual({ status: 'timed_out' });
    expect(page.popup?.closed).toBe(true);
  });

  it('is closed once the person is back without having connected', async () => {
    const result = connect();
    await settled(0);
    page.popup?.close();
    await settled(5000);
    expect(await result).toEqual({ status: 'closed' });
  });
});

describe('a popup that a third party has cut off', () => {
  it('is waited for while the person is still in it, and then the server says how it went', async () => {
    page.focused = false;
    const result = connect();
    await settled(0);
    page.popup?.close();
    await settled(120_000);
    page.gatehouse.state = 'connected';
    await settled(5000);
    expect(await result).toEqual({ status: 'connected', connectionId: 'con_1' });
  });

  it('fails with the reason that the server knows', async () => {
    page.gatehouse.state = 'failed';
    const result = connect();
    await settled(0);
    page.popup?.close();
    await settled(1000);
    expect(await result).toEqual({ status: 'failed', error: 'OAuth Failed: denied' });
  });

  it('does not count as connected while it waits for a confirmation whose code was lost', async () => {
    page.gatehouse.state = 'pending';
    const result = connect();
    await settled(0);
    page.popup?.close();
    await settled(5000);
    expect(await result).toMatchObject({ status: 'failed' });
  });
});

describe('a redirect', () => {
  it('leaves for Connect with the address to come back to', async () => {
    void connect({ mode: 'redirect', redirectUri: 'https://notes.example/connected' });
    await settled(0);
    expect(page.assigned).toBe(
      `${baseUrl}/to/acme-crm?token=c0de&redirect_uri=https%3A%2F%2Fnotes.example%2Fconnected`,
    );
    expect(page.opened).toEqual([]);
  });

  it('confirms on return and leaves a clean address', async () => {
    page.gatehouse.state = 'pending';
    page.href += '?tab=apps&authentication_id=con_1&connect_code=cc&attempt=att_1&state=s&service=x';
    expect(await embed().completeRedirect()).toEqual({ status: 'connected', connectionId: 'con_1' });
    expect(page.href).toBe('https://notes.example/connected?tab=apps');
    expect(page.gatehouse.state).toBe('connected');
  });

  it('fails with the description of the error', async () => {
    page.href += '?error=server_error&error_description=OAuth+Failed%3A+denied';
    expect(await embed().completeRedirect()).toEqual({ status: 'failed', error: 'OAuth Failed: denied' });
  });

  it('is undefined on a page that nobody returned to', async () => {
    expect(await embed().completeRedirect()).toBeUndefined();
  });
});
