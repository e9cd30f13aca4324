/** Asks Acme Notes' own backend. Rejects with words fit for a person. */
export async function ask(path, { method = 'GET', json } = {}) {
  const body = json && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) };
  const response = await fetch(path, { method, ...body, signal: AbortSignal.timeout(40_000) }).catch(() => {
    throw new Error('Acme Notes cannot be reached. Is it still running?');
  });
  const answer = await response.json().catch(() => undefined);
  if (!response.ok) {
    const error = new Error(answer?.message ?? `Acme Notes answered ${response.status}.`);
    throw Object.assign(error, { status: response.status });
  }
  return answer;
}

export const post = (path, json = {}) => ask(path, { method: 'POST', json });
