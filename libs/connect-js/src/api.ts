import { EmbedError, firstError } from './embed-error.js';
import type { EmbedOptions } from './embed.js';
import type { Page } from './page.js';
import { member, text } from './reading.js';

interface ApiRequest {
  json?: object;
  signal?: AbortSignal | undefined;
  /** Of the `Idempotency-Key` header. */
  key?: string | undefined;
}

export interface Api {
  base: string;
  /** @throws EmbedError */
  call(path: string, request?: ApiRequest): Promise<unknown>;
}

/** The embed API, called with a browser token that is fetched when there is none and when it has ended. */
export function createApi({ baseUrl, getToken }: EmbedOptions, page: Page): Api {
  const base = baseUrl.replace(/\/+$/, '');
  let token: Promise<string> | undefined;

  const ask = () =>
    (token = (async () => getToken())().catch((error: unknown) => {
      token = undefined;
      throw new EmbedError('no_token', text(member(error, 'message')) ?? 'There is no token.');
    }));

  const send = async (bearer: string, path: string, { json, signal, key }: ApiRequest) => {
    const headers: Record<string, string> = { authorization: `Bearer ${bearer}` };
    if (json) headers['content-type'] = 'application/json';
    if (key) headers['idempotency-key'] = key;
    const body = json && { method: 'POST', body: JSON.stringify(json) };
    const limit = AbortSignal.timeout(30_000);
    try {
      const init = { headers, ...body, signal: signal ? AbortSignal.any([signal, limit]) : limit };
      const response = await page.fetch(`${base}/v2${path}`, init);
      // A refusal may be a proxy's page: its status tells enough.
      const answer: unknown = await (response.ok ? response.json() : response.json().catch(() => {}));
      return { ok: response.ok, status: response.status, answer };
    } catch {
      if (signal?.aborted) throw new EmbedError('aborted', 'The call was aborted.');
      throw new EmbedError('network', 'Gatehouse cannot be reached.');
    }
  };

  return {
    base,
    call: async (path, request = {}) => {
      const used = (token ??= ask());
      let response = await send(await used, path, request);
      if (response.status === 401) {
        // Of several calls that find the token ended, the first fetches the next one.
        const next = token === used ? ask() : (token ??= ask());
        response = await send(await next, path, request);
      }
      if (!response.ok) throw firstError(response.answer, `Gatehouse answered ${response.status}.`);
      return response.answer;
    },
  };
}
