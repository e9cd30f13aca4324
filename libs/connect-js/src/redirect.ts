import { finish, type Answer } from './attempts.js';
import { CHANNEL, connectUrl, readCode, type Context } from './connect-window.js';
import type { ConnectOptions, ConnectResult } from './embed.js';
import type { Page } from './page.js';
import { member } from './reading.js';

/** How long a page waits for the window that opened it to take the answer. */
const HAND_OVER_MILLISECONDS = 300;
const PARAMETERS = ['connect_code', 'attempt', 'error_description', 'authentication_id', 'error', 'service', 'state'];

export async function leave({ api, page, timeoutMs }: Context, options: ConnectOptions): Promise<ConnectResult> {
  const { code } = await readCode(options);
  page.location.assign(connectUrl(api, code, options));
  return new Promise((resolve) => {
    setTimeout(() => resolve({ status: 'timed_out' }), timeoutMs);
    // The person pressed Back, and the browser revived this page as it was.
    page.addEventListener('pageshow', (event) => member(event, 'persisted') === true && resolve({ status: 'closed' }));
  });
}

/** Anybody can write an address: what it says counts only as far as the server agrees. */
export async function arrive({ api, page }: Context): Promise<ConnectResult | undefined> {
  const answer = takeFromAddress(page);
  if (!answer) return undefined;
  if (!(await handOver(page, answer))) return finish(api, answer);
  page.close();
  return { status: 'closed' };
}

/** Whether a page of this origin waits for this answer: it opened the window that this page is in. */
async function handOver(page: Page, answer: Answer): Promise<boolean> {
  const channel = new page.BroadcastChannel(CHANNEL);
  const claimed = await new Promise<boolean>((resolve) => {
    channel.addEventListener('message', ({ data }) => {
      if (answer.attempt && member(data, 'claimed') === answer.attempt) resolve(true);
    });
    const { id, code, attempt, error } = answer;
    const type = id ? 'authenticationSuccess' : 'authenticationError';
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has only its own
    channel.postMessage({ type, authId: id, connect_code: code, attempt, error });
    setTimeout(() => resolve(false), HAND_OVER_MILLISECONDS);
  });
  channel.close();
  return claimed;
}

function takeFromAddress(page: Page): Answer | undefined {
  const url = new URL(page.location.href);
  const [code, attempt, error, id, failure] = PARAMETERS.map((name) => url.searchParams.get(name) ?? undefined);
  if (!id && !failure) return undefined;
  for (const name of PARAMETERS) url.searchParams.delete(name);
  page.history.replaceState(null, '', url.href);
  return { id, code, attempt, error };
}
