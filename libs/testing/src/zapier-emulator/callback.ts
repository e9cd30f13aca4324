import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { runState } from './run-state.js';
import type { Run } from './run-book.js';
import type { World } from './world.js';

const ATTEMPTS = 3;
const TIMEOUT_MILLISECONDS = 10_000;

/** Tells a partner of the end of a run (protocol.md §8.4): again after 5xx and broken connections, a few times within seconds. */
export async function sendCallback(world: World, run: Run): Promise<void> {
  if (run.callbackUrl === null) return;
  const fired = world.rules.fire('POST', '/callback');
  if (fired.callback_lost) return;
  const state = runState(run, 'ended');
  const lie = { ...state, status: state.status === 'error' ? 'success' : 'error', results: [], errors: [] };
  const body = JSON.stringify({ data: fired.callback_lies ? lie : state });
  const key = fired.callback_forged ? world.forging : world.signing;
  for (let round = fired.callback_twice ? 2 : 1; round > 0; round -= 1) {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const signature = await key.sign(claimsOf(world, run, body), world.now());
      const status = await post(run.callbackUrl, body, signature);
      run.callbacks.push(status);
      if (status !== null && status < 500) break;
      await delay(world.settings.callbackBackoffMilliseconds * 2 ** (attempt - 1));
    }
  }
}

function claimsOf({ settings, origin }: World, { id, client }: Run, body: string): Record<string, string> {
  if (!settings.callbackClaims) return {};
  const hash = createHash('sha256').update(body).digest('base64url');
  return { iss: origin, aud: client, sub: id, jti: randomUUID(), body_sha256: hash };
}

async function post(url: string, body: string, signature: string): Promise<number | null> {
  const headers = { 'content-type': 'application/json', 'zapier-callback-signature': signature };
  const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  try {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    await response.body?.cancel();
    return response.status;
  } catch {
    return null;
  }
}
