import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { baseUrl } from '../fakes/fake-gatehouse.js';
import { FakePage } from '../fakes/fake-page.js';
import { createEmbed, type ConnectOptions } from './index.js';

let page: FakePage;

const options: ConnectOptions = { app: 'acme-crm', sessionCode: { code: 'c0de', attempt: 'att_1' }, mode: 'popup' };
const success = { type: 'authenticationSuccess', authId: 'con_1', connect_code: 'cc', attempt: 'att_1' };
const connected = { status: 'connected', connectionId: 'con_1' };
const denied = { status: 'failed', error: 'OAuth Failed: access_denied', code: 'access_denied' };
const embed = (on = page) => createEmbed({ baseUrl, getToken: () => 'token' }, on);
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
    expect(page.popups).toHaveLength(1);
    expect(page.popup.shown).toBeUndefined();
    await settled(0);
    expect(page.popup.shown).toBe(`${baseUrl}/to/acme-crm?token=c0de&state=s&theme=dark&reconnect_id=con_1`);
    page.popup.close();
    await settled(1000);
    expect(await result).toEqual({ status: 'closed' });
  });

  it('is confirmed with the user token before it counts as connected', async () => {
    page.gatehouse.state = 'pending';
    const result = connect();
    await settled(0);
    page.post(success);
    page.popup.close();
    expect(await result).toEqual(connected);
    expect(page.gatehouse.calls[0]).toEqual({
      key: null,
      method: 'POST',
      path: '/connect-attempts/att_1/confirm',
      bearer: 'token',
      body: '{"connect_code":"cc"}',
    });
    expect(page.listeners.size).toBe(0);
    expect(page.browser.channels.size).toBe(0);
  });

  it('counts as connected when only the answer to the confirmation was lost', async () => {
    page.gatehouse.state = 'pending';
    page.gatehouse.loseNextAnswer = true;
    const result = connect();
    await settled(0);
    page.post(success);
    expect(await result).toEqual(connected);
  });

  it('fails, in the words and with the code of the server, when the confirmation is refused', async () => {
    const result = connect();
    await settled(0);
    page.post(success);
    expect(await result).toEqual({ status: 'failed', error: 'This was used before.', code: 'invalid' });
  });

  it('fails with the reason that the message gives, and with its code', async () => {
    const result = connect();
    page.post({ type: 'authenticationError', error: 'OAuth Failed: access_denied' });
    expect(await result).toEqual(denied);
    expect(page.popup.closed).toBe(true);
  });

  it.each([
    ['Token expired', 'token_expired'],
    ['OAuth Failed: account_mismatch', 'account_mismatch'],
    ['Session initialization failed', 'session_initialization_failed'],
    ['OAuth Failed: 502 <b>', 'failed'],
  ])('knows "%s" by the code %s', async (error, code) => {
    const result = connect();
    page.post({ type: 'authenticationError', error });
    expect(await result).toEqual({ status: 'failed', error, code });
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
    page.post(success, { source: {} });
    page.post({ ...success, attempt: 'att_2' });
    page.post({ ...success, state: 'other' });
    page.post({ type: 'authenticationError', error: 'OAuth Failed: access_denied' });
    expect(await result).toEqual(denied);
  });

  it('closes when no session code can be had', async () => {
    const result = connect({ sessionCode: () => Promise.reject(new Error('Sign in again.')) });
    expect(await result).toEqual({ status: 'failed', error: 'Sign in again.', code: 'no_session_code' });
    expect(page.popup.closed).toBe(true);
  });

  it('times out and closes', async () => {
    const result = connect();
    await settled(600_000);
    expect(await result).toEqual({ status: 'timed_out' });
    expect(page.popup.closed).toBe(true);
  });

  it('is closed once the person is back without having connected', async () => {
    const result = connect();
    await settled(0);
    page.popup.close();
    await settled(5000);
    expect(await result).toEqual({ status: 'closed' });
  });
});

describe('a second click', () => {
  it('shows the window that is open and gets the same result', async () => {
    const embedded = embed();
    const results = [embedded.connect(options), embedded.connect(options)];
    await settled(0);
    expect(page.popups).toHaveLength(1);
    expect(page.popup.focused).toBe(1);
    page.post({ ...success, connect_code: undefined });
    expect(await Promise.all(results)).toEqual([connected, connected]);
  });

  it('opens a window of its own for another app, and after the first one was closed', async () => {
    const embedded = embed();
    void embedded.connect(options);
    void embedded.connect({ ...options, app: 'other' });
    expect(page.popups).toHaveLength(2);
    page.popups[0]?.close();
    void embedded.connect(options);
    expect(page.popups).toHaveLength(3);
  });
});

describe('a browser that blocks the window', () => {
  it('is told apart, and offers to go on in this one where there is a way back', async () => {
    page.blocks = true;
    const result = await connect({ redirectUri: 'https://notes.example/connected' });
    if (result.status !== 'blocked' || !result.redirect) throw new Error('No redirect is offered.');
    void result.redirect();
    await settled(0);
    expect(page.assigned).toContain('/to/acme-crm?token=c0de&redirect_uri=https%3A%2F%2Fnotes.example%2Fconnected');
  });

  it('offers nothing where there is no way back', async () => {
    page.blocks = true;
    expect(await connect()).toEqual({ status: 'blocked' });
  });
});

describe('a popup that a third party has cut off', () => {
  it('is waited for while the person is still in it, and then the server says how it went', async () => {
    page.focused = false;
    const result = connect();
    await settled(0);
    page.popup.close();
    await settled(120_000);
    page.gatehouse.state = 'connected';
    await settled(5000);
    expect(await result).toEqual(connected);
  });

  it('fails with the reason that the server knows', async () => {
    page.gatehouse.state = 'failed';
    const result = connect();
    await settled(0);
    page.popup.close();
    await settled(1000);
    expect(await result).toEqual(denied);
  });

  it('does not count as connected while it waits for a confirmation whose code was lost', async () => {
    page.gatehouse.state = 'pending';
    const result = connect();
    await settled(0);
    page.popup.close();
    await settled(5000);
    expect(await result).toMatchObject({ status: 'failed', code: 'opener_lost' });
  });
});

describe('a page that is reloaded while its window is open', () => {
  it('resumes with the message of that window, and confirms it', async () => {
    page.gatehouse.state = 'pending';
    void connect();
    await settled(0);
    const reloaded = page.beside(page.href, page.stored);
    const result = embed(reloaded).resume();
    await settled(0);
    reloaded.post({ ...success, attempt: 'att_2' });
    reloaded.post(success);
    expect(await result).toEqual(connected);
    expect(await embed(reloaded).resume()).toBeUndefined();
  });

  it('learns from the server where the message came before it was back', async () => {
    void connect();
    await settled(0);
    page.gatehouse.state = 'failed';
    const result = embed(page.beside(page.href, page.stored)).resume();
    await settled(5000);
    expect(await result).toEqual(denied);
  });

  it('resumes nothing where no window was open', async () => {
    expect(await embed().resume()).toBeUndefined();
  });
});
