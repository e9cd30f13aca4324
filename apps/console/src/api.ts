/** What Gatehouse said no to, in its own sentence. */
class Refusal extends Error {
  constructor(
    sentence: string,
    readonly status: number,
  ) {
    super(sentence);
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface Asked {
  body?: unknown;
  signal?: AbortSignal;
}

/** Dispatched on `window` when the session is over. */
export const SIGNED_OUT = 'gatehouse-signed-out';

/** The admin API with the cookie of this session. @throws Refusal */
export async function call<Answer>(method: Method, path: string, { body, signal }: Asked = {}): Promise<Answer> {
  const headers = { 'x-gatehouse-console': '1', ...(body !== undefined && { 'content-type': 'application/json' }) };
  const init = {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  };
  const response = await fetch(path, init).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new Refusal('Gatehouse does not answer. Check that it runs and that you reach it; this page tries again.', 0);
  });
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as Answer;
  const { detail } = (await response.json().catch(() => ({}))) as { detail?: string };
  if (response.status === 401 && path !== '/console/session') window.dispatchEvent(new Event(SIGNED_OUT));
  throw new Refusal(detail ?? `Gatehouse answered with ${response.status}.`, response.status);
}

export function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return call('GET', path, signal ? { signal } : {});
}

export function post<Answer>(path: string, body: unknown = {}): Promise<Answer> {
  return call('POST', path, { body });
}

/** `?a=1&b=2` of what is there. */
export function query(parameters: Readonly<Record<string, string | null | undefined>>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

export function sentenceOf(error: unknown): string {
  return error instanceof Refusal ? error.message : `This page failed: ${String(error)}. Load it again.`;
}
