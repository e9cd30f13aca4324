import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { baseUrl } from '../fakes/fake-gatehouse.js';
import { FakePage } from '../fakes/fake-page.js';
import { createEmbed, type ConnectOptions } from './index.js';

const HOME = 'https://notes.example/connected';
const ARRIVED = `${HOME}?tab=apps&authentication_id=con_9&connect_code=cc&attempt=att_1&state=s&service=x`;
const connected = { status: 'connected', connectionId: 'con_1' };

let page: FakePage;

const options: ConnectOptions = { app: 'acme-crm', sessionCode: { code: 'c0de', attempt: 'att_1' }, redirectUri: HOME };
const embed = (on = page) => createEmbed({ baseUrl, getToken: () => 'token' }, on);
const arrive = async (on = page) => {
  const result = embed(on).completeRedirect();
  await vi.advanceTimersByTimeAsync(500);
  return result;
};

const waiting = async () => {
  page.gatehouse.state = 'pending';
  page.focused = false;
  const result = embed().connect(options);
  await vi.advanceTimersByTimeAsync(0);
  page.popup.close();
  return result;
};

beforeEach(() => {
  vi.useFakeTimers();
  page = new FakePage();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a redirect', () => {
  it('leaves for Connect with the address to come back to', async () => {
    void embed().connect({ ...options, mode: 'redirect' });
    await vi.advanceTimersByTimeAsync(0);
    expect(page.assigned).toBe(`${baseUrl}/to/acme-crm?token=c0de&redirect_uri=${encodeURIComponent(HOME)}`);
    expect(page.popups).toEqual([]);
  });

  it('is closed when the person comes back to the page as it was', async () => {
    const result = embed().connect({ ...options, mode: 'redirect' });
    await vi.advanceTimersByTimeAsync(0);
    const shown = Object.assign(new Event('pageshow'), { persisted: true });
    for (const listener of page.listeners) listener(shown);
    expect(await result).toEqual({ status: 'closed' });
  });

  it('confirms on return, names the connection that the server names, and leaves a clean address', async () => {
    page.gatehouse.state = 'pending';
    page.href = ARRIVED;
    expect(await arrive()).toEqual(connected);
    expect(page.href).toBe(`${HOME}?tab=apps`);
    expect(await arrive()).toBeUndefined();
  });

  it('believes an address without a code only as far as the server agrees', async () => {
    page.gatehouse.state = 'consenting';
    page.href = `${HOME}?authentication_id=con_9&attempt=att_1`;
    expect(await arrive()).toMatchObject({ status: 'failed' });
    page.href = `${HOME}?authentication_id=con_9`;
    expect(await arrive()).toMatchObject({ status: 'failed' });
    page.gatehouse.state = 'connected';
    page.href = `${HOME}?authentication_id=con_9&attempt=att_1`;
    expect(await arrive()).toEqual(connected);
  });

  it('fails with the description of the error', async () => {
    page.href = `${HOME}?error=server_error&error_description=OAuth+Failed%3A+access_denied`;
    expect(await arrive()).toEqual({
      status: 'failed',
      error: 'OAuth Failed: access_denied',
      code: 'access_denied',
    });
  });

  it('is undefined on a page that nobody returned to', async () => {
    expect(await arrive()).toBeUndefined();
  });
});

describe('a window that was cut off from its opener and ends on a page of the same origin', () => {
  it('hands its answer over, and closes', async () => {
    const result = waiting();
    await vi.advanceTimersByTimeAsync(5000);
    const inWindow = page.beside(ARRIVED);
    expect(await arrive(inWindow)).toEqual({ status: 'closed' });
    expect(inWindow.isClosed).toBe(true);
    expect(await result).toEqual(connected);
    expect(page.gatehouse.calls.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('hands over no more than the server agrees to', async () => {
    const result = waiting();
    page.gatehouse.state = 'consenting';
    await vi.advanceTimersByTimeAsync(1000);
    expect(await arrive(page.beside(`${HOME}?authentication_id=con_9&attempt=att_1`))).toEqual({ status: 'closed' });
    expect(await result).toMatchObject({ status: 'failed' });
  });

  it('finishes by itself where the opener is gone or waits for another attempt', async () => {
    const result = waiting();
    await vi.advanceTimersByTimeAsync(5000);
    const inWindow = page.beside(ARRIVED.replace('att_1', 'att_2'));
    expect(await arrive(inWindow)).toEqual(connected);
    expect(inWindow.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await result).toEqual(connected);
  });
});
