import { after } from './after.js';
import type { Api } from './api.js';
import { failed, finish, lookUp, type Answer } from './attempts.js';
import { EmbedError } from './embed-error.js';
import type { ConnectOptions, ConnectResult } from './embed.js';
import type { Page, Popup } from './page.js';
import { member, text } from './reading.js';

/** Between the pages of one origin, with messages as Connect posts them: a window whose opener is out of reach hands its answer over. */
export const CHANNEL = 'gatehouse-connect';
const REMEMBERED = 'gatehouse-connect';

/** What the SDK works with. */
export interface Context {
  api: Api;
  page: Page;
  timeoutMs: number;
}

/** What is expected back. */
interface Expected {
  attempt?: string | undefined;
  state?: string | undefined;
  /** None after a reload: then the attempt alone tells. */
  popup?: Popup;
}

const closed: ConnectResult = { status: 'closed' };

export async function followWindow(context: Context, options: ConnectOptions, popup: Popup): Promise<ConnectResult> {
  const expected: Expected = { state: options.state, popup };
  const navigate = async (): Promise<never> => {
    const { code, attempt } = await readCode(options);
    expected.attempt = attempt;
    remember(context.page, attempt);
    if (!popup.closed) popup.location.replace(connectUrl(context.api, code, options));
    // Settles only by failing: the popup's own page ends the rest.
    return new Promise(() => {});
  };
  return follow(context, expected, navigate());
}

/** The attempt of the window that this tab had open when it was reloaded. */
export async function followRemembered(context: Context): Promise<ConnectResult | undefined> {
  const attempt = remember(context.page);
  return attempt ? follow(context, { attempt }, new Promise(() => {})) : undefined;
}

async function follow(context: Context, expected: Expected, failing: Promise<never>): Promise<ConnectResult> {
  const ended = new AbortController();
  const { signal } = ended;
  const answer = listen(context, expected, signal);
  // Once an answer has come, neither the clock nor the closing window may outrun its confirmation.
  const silence = Promise.race([
    after(context.timeoutMs, signal).then((): ConnectResult => ({ status: 'timed_out' })),
    watch(context, expected, signal),
    failing,
  ]);
  try {
    const first = await Promise.race([answer, silence]);
    if ('status' in first) return first;
    // The message is from Connect itself: where the policy asks for no confirmation, it is enough.
    if (first.id && !first.code) return { status: 'connected', connectionId: first.id };
    return await finish(context.api, first);
  } finally {
    ended.abort();
    expected.popup?.close();
    remember(context.page, '');
  }
}

function listen({ api, page }: Context, expected: Expected, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const connectOrigin = new URL(api.base).origin;
    const onMessage = (event: Event) => {
      const { data, source, origin } = event as MessageEvent;
      const answer = readMessage(data);
      if (origin !== connectOrigin || !answer) return;
      const { attempt, popup, state } = expected;
      if (popup ? source !== popup : !answer.attempt) return;
      if (attempt && answer.attempt && answer.attempt !== attempt) return;
      const echoed = text(member(data, 'state'));
      if (state && echoed && echoed !== state) return;
      resolve({ ...answer, attempt: answer.attempt ?? attempt });
    };
    page.addEventListener('message', onMessage);
    const channel = new page.BroadcastChannel(CHANNEL);
    channel.addEventListener('message', ({ data }) => {
      const answer = readMessage(data);
      if (!answer?.attempt || answer.attempt !== expected.attempt) return;
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has only its own
      channel.postMessage({ claimed: answer.attempt });
      // Without a code it is worth what the server says: anybody can write the address that it may be from.
      resolve({ ...answer, id: undefined });
    });
    signal.addEventListener('abort', () => {
      page.removeEventListener('message', onMessage);
      channel.close();
    });
  });
}

/**
 * A third party may cut the popup off from this page (Cross-Origin-Opener-Policy): it then looks closed and no message arrives. So the
 * server is asked, and only a page that has the focus back believes that the person gave up.
 */
async function watch({ api, page }: Context, expected: Expected, signal: AbortSignal): Promise<ConnectResult> {
  const { popup } = expected;
  if (popup) while (!popup.closed && !signal.aborted) await after(250, signal);
  // Browsers may deliver the last message after `closed` turned true.
  await after(500, signal);
  for (let looks = 1; expected.attempt && !signal.aborted;) {
    const { state, result } = await lookUp(api, expected.attempt).catch(
      (): { state?: string; result?: ConnectResult } => ({}),
    );
    if (result) return result;
    const isBack = popup && page.document.hasFocus();
    if (isBack && looks++ === 3) return state === 'pending' ? failed(lost) : closed;
    await after(isBack ? 1000 : 3000, signal);
  }
  return closed;
}

const lost = new EmbedError('opener_lost', 'The window lost touch with this page. Try again.');

export function connectUrl(
  { base }: Api,
  code: string,
  { app, mode, redirectUri, state, theme, reconnectId }: ConnectOptions,
): string {
  const url = new URL(`${base}/to/${encodeURIComponent(app)}`);
  const back = mode === 'redirect' ? 'redirect_uri' : 'fallback_uri';
  const query = { token: code, [back]: redirectUri, state, theme, reconnect_id: reconnectId };
  for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value);
  return url.href;
}

export async function readCode({
  sessionCode,
}: ConnectOptions): Promise<{ code: string; attempt?: string | undefined }> {
  try {
    const given = typeof sessionCode === 'function' ? await sessionCode() : sessionCode;
    return typeof given === 'string' ? { code: given } : given;
  } catch (error) {
    throw new EmbedError('no_session_code', text(member(error, 'message')) ?? 'There is no session code.');
  }
}

function readMessage(data: unknown): Answer | undefined {
  const [type, id, code, attempt, error] = ['type', 'authId', 'connect_code', 'attempt', 'error'].map((name) =>
    text(member(data, name)),
  );
  if (type === 'authenticationError') return { error, attempt };
  return type === 'authenticationSuccess' && id ? { id, code, attempt } : undefined;
}

/** Keeps the attempt for the case of a reload; without one, answers what is kept. Where storage is refused, a reload forgets. */
function remember({ sessionStorage }: Page, attempt?: string): string | undefined {
  try {
    if (attempt === undefined) return sessionStorage.getItem(REMEMBERED) || undefined;
    sessionStorage.setItem(REMEMBERED, attempt);
  } catch {
    // Refused.
  }
  return undefined;
}
