import { createApi } from './api.js';
import { failed } from './attempts.js';
import { followRemembered, followWindow, type Context } from './connect-window.js';
import type { App, ConnectOptions, ConnectResult, Connection, Embed, EmbedOptions } from './embed.js';
import type { Page, Popup } from './page.js';
import { arrive, leave } from './redirect.js';
import { list, run } from './resources.js';

export { EmbedError } from './embed-error.js';
export type {
  App,
  ConnectOptions,
  ConnectResult,
  Connection,
  Embed,
  EmbedOptions,
  Run,
  RunOptions,
  RunRequest,
  SessionCode,
} from './embed.js';
export type { Channel, Page, Popup } from './page.js';

/** @param page what stands for `window` in a test */
export function createEmbed(options: EmbedOptions, page: Page = window): Embed {
  const api = createApi(options, page);
  const context: Context = { api, page, timeoutMs: (options.timeoutSeconds ?? 600) * 1000 };
  const windows = new Map<string, { popup: Popup; result: Promise<ConnectResult> }>();

  const connect = async (request: ConnectOptions): Promise<ConnectResult> => {
    if (request.mode === 'redirect') return leave(context, request).catch(failed);
    const subject = `${request.app} ${request.reconnectId ?? ''}`;
    const before = windows.get(subject);
    if (before && !before.popup.closed) {
      before.popup.focus();
      return before.result;
    }
    // Before anything is awaited: later than the click, the browser would block it.
    const popup = page.open('about:blank', '_blank', 'popup,width=980,height=700');
    if (!popup || popup.closed) {
      const redirect = () => connect({ ...request, mode: 'redirect' });
      return { status: 'blocked', ...(request.redirectUri && { redirect }) };
    }
    const result = followWindow(context, request, popup).catch(failed);
    windows.set(subject, { popup, result });
    return result;
  };

  return {
    connect,
    completeRedirect: () => arrive(context),
    resume: () => followRemembered(context).catch(failed),
    apps: (filter = {}) => list<App>(api, '/apps', filter),
    connections: ({ app }) => list<Connection>(api, '/authentications', { app }),
    run: (request, own) => run(api, request, { idempotencyKey: page.crypto.randomUUID?.(), ...own }),
  };
}
