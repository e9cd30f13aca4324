import type { ConnectOptions, ConnectResult, Embed, EmbedOptions, Page, Popup } from './embed.js';
import type { Answer, Server } from './server.js';

export type { ConnectOptions, ConnectResult, Embed, EmbedOptions, Page, Popup, SessionCode } from './embed.js';

const closed: ConnectResult = { status: 'closed' };

export function createEmbed(options: EmbedOptions, page: Page = window): Embed {
  const server = createServer(options, page);
  const timeoutMs = (options.timeoutSeconds ?? 600) * 1000;
  return {
    connect: (request) =>
      (request.mode === 'redirect' ? redirect : openPopup)(server, page, request, timeoutMs).catch(failed),
    completeRedirect: async () => {
      const answer = takeFromAddress(page);
      return answer && server.finish(answer).catch(failed);
    },
  };
}

async function openPopup(
  server: Server,
  page: Page,
  options: ConnectOptions,
  timeoutMs: number,
): Promise<ConnectResult> {
  const name = `gatehouse-connect-${Math.random().toString(36).slice(2)}`;
  const popup = page.open('about:blank', name, 'popup,width=980,height=700');
  if (!popup) return { status: 'blocked' };
  const ended = new AbortController();
  const known: { attempt?: string | undefined } = {};
  const message = listen(server, page, popup, { known, state: options.state, signal: ended.signal });
  // Once a message has come, neither the clock nor the closing window may outrun its confirmation.
  const silence = Promise.race([
    after(timeoutMs, ended.signal).then((): ConnectResult => ({ status: 'timed_out' })),
    watch(server, page, popup, known, ended.signal),
    navigate(server, popup, options, known),
  ]);
  try {
    const first = await Promise.race([message, silence]);
    return 'status' in first ? first : await server.finish(first);
  } finally {
    ended.abort();
    popup.close();
  }
}

/** Settles only by failing: the popup's own page ends the rest. */
async function navigate(
  server: Server,
  popup: Popup,
  options: ConnectOptions,
  known: { attempt?: string | undefined },
): Promise<never> {
  const { code, attempt } = await readCode(options);
  known.attempt = attempt;
  if (!popup.closed) popup.location.replace(server.connectUrl(code, options));
  return new Promise(() => {});
}

interface Expected {
  known: { attempt?: string | undefined };
  state: string | undefined;
  signal: AbortSignal;
}

function listen(server: Server, page: Page, popup: Popup, { known, state, signal }: Expected): Promise<Answer> {
  return new Promise((resolve) => {
    const onMessage = (event: Event) => {
      if (!('data' in event && 'origin' in event && 'source' in event)) return;
      if (event.origin !== server.origin || event.source !== popup) return;
      const answer = readMessage(event.data);
      if (!answer || (known.attempt && answer.attempt && answer.attempt !== known.attempt)) return;
      const echoed = text(member(event.data, 'state'));
      if (state && echoed && echoed !== state) return;
      resolve({ ...answer, attempt: answer.attempt ?? known.attempt });
    };
    page.addEventListener('message', onMessage);
    signal.addEventListener('abort', () => page.removeEventListener('message', onMessage));
  });
}

/**
 * A third party's Cross-Origin-Opener-Policy makes `closed` true while the window is open, and loses its message. So the
 * server is asked, and only a page that has the focus back believes that the person gave up.
 */
async function watch(
  server: Server,
  page: Page,
  popup: Popup,
  known: { attempt?: string | undefined },
  signal: AbortSignal,
): Promise<ConnectResult> {
  while (!popup.closed && !signal.aborted) await after(250, signal);
  // Browsers may deliver the last message after `closed` turned true.
  await after(500, signal);
  for (let looks = 1; known.attempt && !signal.aborted;) {
    const { state, result } = await server.lookUp(known.attempt).catch(() => ({ state: 'unknown', result: undefined }));
    if (result) return result;
    const focused = page.document.hasFocus();
    if (focused && looks++ === 3) {
      return state === 'pending'
        ? failed('The window lost touch with this page before it could confirm. Try again.')
        : closed;
    }
    await after(focused ? 1000 : 3000, signal);
  }
  return closed;
}

async function redirect(
  server: Server,
  page: Page,
  options: ConnectOptions,
  timeoutMs: number,
): Promise<ConnectResult> {
  const { code } = await readCode(options);
  page.location.assign(server.connectUrl(code, options));
  return new Promise((resolve) => {
    setTimeout(() => resolve({ status: 'timed_out' }), timeoutMs);
    // The person pressed Back, and the browser revived this page as it was.
    page.addEventListener('pageshow', (event) => member(event, 'persisted') === true && resolve(closed));
  });
}

function createServer({ baseUrl, getToken }: EmbedOptions, page: Page): Server {
  const base = baseUrl.replace(/\/+$/, '');
  const call = async (attempt: string, path: string, json?: object): Promise<unknown> => {
    const headers: Record<string, string> = { accept: 'application/json', authorization: `Bearer ${await getToken()}` };
    if (json) headers['content-type'] = 'application/json';
    const body = json && { method: 'POST', body: JSON.stringify(json) };
    const url = `${base}/v2/connect-attempts/${encodeURIComponent(attempt)}${path}`;
    const response = await page.fetch(url, { headers, ...body, signal: AbortSignal.timeout(30_000) });
    const answer: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw new Error(inWords(answer) ?? `Gatehouse answered ${response.status}.`);
    return member(answer, 'data');
  };
  const lookUp: Server['lookUp'] = async (attempt) => {
    const data = await call(attempt, '');
    const state = text(member(data, 'state')) ?? '';
    const authentication = member(data, 'authentication');
    const id = text(authentication) ?? text(member(authentication, 'id'));
    if (state === 'connected' && id) return { state, result: { status: 'connected', connectionId: id } };
    if (state === 'failed') return { state, result: failed(inWords(member(data, 'error'))) };
    return state === 'abandoned' ? { state, result: closed } : { state };
  };
  return {
    origin: new URL(base).origin,
    connectUrl: (code, options) => `${base}/to/${encodeURIComponent(options.app)}?${query(code, options)}`,
    lookUp,
    finish: async ({ id, code, attempt, error }) => {
      if (!id || (code && !attempt)) return failed(error);
      if (code && attempt) await confirm(call, lookUp, attempt, code);
      return { status: 'connected', connectionId: id };
    },
  };
}

async function confirm(
  call: (attempt: string, path: string, json: object) => Promise<unknown>,
  lookUp: Server['lookUp'],
  attempt: string,
  code: string,
): Promise<void> {
  try {
    await call(attempt, '/confirm', { connect_code: code });
  } catch (error) {
    // The answer may have been lost on its way back, and the code works once.
    const { state } = await lookUp(attempt).catch(() => ({ state: '' }));
    if (state !== 'connected') throw error;
  }
}

function query(code: string, { mode, redirectUri, state, theme, reconnectId }: ConnectOptions): string {
  const parameters = new URLSearchParams({ token: code });
  if (mode === 'redirect' && redirectUri) parameters.set('redirect_uri', redirectUri);
  if (state) parameters.set('state', state);
  if (theme) parameters.set('theme', theme);
  if (reconnectId) parameters.set('reconnect_id', reconnectId);
  return parameters.toString();
}

async function readCode({ sessionCode }: ConnectOptions): Promise<{ code: string; attempt?: string | undefined }> {
  const given = typeof sessionCode === 'function' ? await sessionCode() : sessionCode;
  return typeof given === 'string' ? { code: given } : given;
}

function readMessage(data: unknown): Answer | undefined {
  const attempt = text(member(data, 'attempt'));
  const type = member(data, 'type');
  if (type === 'authenticationError') return { error: text(member(data, 'error')), attempt };
  const id = text(member(data, 'authId'));
  return type === 'authenticationSuccess' && id ? { id, code: text(member(data, 'connect_code')), attempt } : undefined;
}

function takeFromAddress(page: Page): Answer | undefined {
  const url = new URL(page.location.href);
  const take = (name: string) => {
    const value = url.searchParams.get(name) ?? undefined;
    url.searchParams.delete(name);
    return value;
  };
  if (!url.searchParams.has('authentication_id') && !url.searchParams.has('error')) return undefined;
  const [id, code, attempt] = [take('authentication_id'), take('connect_code'), take('attempt')];
  const [error, description] = [take('error'), take('error_description')];
  for (const name of ['service', 'state']) take(name);
  page.history.replaceState(null, '', url.href);
  return { id, code, attempt, error: description ?? error };
}

/** Resolves early when the signal aborts, so that nothing keeps ticking. */
function after(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}

function failed(reason: unknown): ConnectResult {
  const error = reason instanceof Error ? reason.message : text(reason);
  return { status: 'failed', error: error ?? 'The account was not connected.' };
}

function inWords(value: unknown): string | undefined {
  const first = member(member(value, 'errors'), '0') ?? value;
  return text(first) ?? text(member(first, 'detail')) ?? text(member(first, 'title'));
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'number' || (typeof value === 'string' && value) ? String(value) : undefined;
}
