import { errorWords, GatehouseError } from './gatehouse-error.js';

/** The JSON answer. @throws GatehouseError with the server's words, or 502 when there is no server. */
export async function gatehouseRequest(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(35_000) }).catch(
    (error: unknown) => {
      throw new GatehouseError(502, `Gatehouse cannot be reached at ${new URL(url).origin} (${reason(error)}).`);
    },
  );
  const text = await response.text();
  const body = readJson(text);
  if (!response.ok) throw new GatehouseError(response.status, errorWords(body, response.status));
  return body;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  return error.cause instanceof Error && error.cause.message ? error.cause.message : error.message;
}
