import type { Api } from './api.js';
import type { ConnectResult } from './embed.js';
import { member, text } from './reading.js';

/** What a message or an address says of an attempt. */
export interface Answer {
  id?: string | undefined;
  code?: string | undefined;
  attempt?: string | undefined;
  error?: string | undefined;
}

/** What the server knows of an attempt. `result` once it is over. */
export async function lookUp(api: Api, attempt: string): Promise<{ state?: string; result?: ConnectResult }> {
  return readAttempt(await api.call(pathOf(attempt)));
}

/** Confirms what came with a code. What came without one is worth only what the server says of it. */
export async function finish(api: Api, { code, attempt, error }: Answer): Promise<ConnectResult> {
  if (!attempt) return failed(error);
  try {
    const request = code ? { json: { connect_code: code } } : {};
    return readAttempt(await api.call(pathOf(attempt) + (code ? '/confirm' : ''), request)).result ?? failed(error);
  } catch (reason) {
    // The answer may have been lost on its way back, and the code works once.
    const { result } = await lookUp(api, attempt).catch(() => ({ result: undefined }));
    return result?.status === 'connected' ? result : failed(error ?? reason);
  }
}

/** @param reason an error, or the words of the wire */
export function failed(reason: unknown): ConnectResult {
  const words = text(reason);
  const error = words ?? text(member(reason, 'message')) ?? 'The account was not connected.';
  return { status: 'failed', error, code: text(member(reason, 'code')) ?? codeOf(words ?? '') };
}

/** The descriptions of protocol.md §5.3 are few and fixed: `OAuth Failed: access_denied` is `access_denied`, `Token expired` `token_expired`. */
function codeOf(words: string): string {
  const code = words.replace('OAuth Failed: ', '').toLowerCase().replaceAll(' ', '_');
  return /^[a-z_]{1,40}$/.test(code) ? code : 'failed';
}

function readAttempt(answer: unknown): { state?: string; result?: ConnectResult } {
  const data = member(answer, 'data');
  const state = text(member(data, 'state')) ?? '';
  const connectionId = text(member(data, 'authentication'));
  if (state === 'connected' && connectionId) return { state, result: { status: 'connected', connectionId } };
  if (state === 'failed') return { state, result: failed(member(data, 'error')) };
  return state === 'abandoned' ? { state, result: { status: 'closed' } } : { state };
}

function pathOf(attempt: string): string {
  return `/connect-attempts/${encodeURIComponent(attempt)}`;
}
