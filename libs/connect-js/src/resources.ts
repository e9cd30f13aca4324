import { after } from './after.js';
import type { Api } from './api.js';
import { EmbedError, firstError } from './embed-error.js';
import type { Run, RunOptions, RunRequest } from './embed.js';
import { member, text } from './reading.js';

// From one look to the next: a rate limit of 60 requests a minute bears it. A server that keeps a look waiting is asked again at once.
const LONGEST_PAUSE_SECONDS = 5;
/** In a row, before a run is given up. */
const MOST_LOST_LOOKS = 10;

/** All of a list, page by page. */
export async function list<Item>(api: Api, path: string, filter: Record<string, string>): Promise<Item[]> {
  const items: Item[] = [];
  for (;;) {
    const query = new URLSearchParams({ ...filter, limit: '100', offset: `${items.length}` });
    const answer = await api.call(`${path}?${query}`);
    const page = member(answer, 'data') as Item[];
    items.push(...page);
    if (!page[0] || !member(member(answer, 'links'), 'next')) return items;
  }
}

export async function run(
  api: Api,
  { action, authentication = null, inputs = {} }: RunRequest,
  { signal, idempotencyKey: key }: RunOptions,
): Promise<Run> {
  const created = await api.call('/action-runs', { json: { data: { action, authentication, inputs } }, signal, key });
  const path = `/action-runs/${text(member(member(created, 'data'), 'id'))}?wait=20`;
  for (let looks = 1, lost = 0; ; looks += 1) {
    const askedAt = Date.now();
    const look = await api.call(path, { signal }).catch((error: EmbedError) => error);
    if (look instanceof EmbedError) {
      // The run goes on while the network does not.
      lost += 1;
      if (!/^(network|throttled|unavailable|error)$/.test(look.code) || lost > MOST_LOST_LOOKS) throw look;
    } else {
      lost = 0;
      const seen = member(look, 'data') as Run | { id: string; status: 'waiting' | 'error' };
      if (seen.status === 'success') return seen;
      if (seen.status !== 'waiting') throw firstError(seen, 'The run failed.', seen.id);
    }
    await after(Math.min(looks, LONGEST_PAUSE_SECONDS) * 1000 + askedAt - Date.now(), signal);
  }
}
