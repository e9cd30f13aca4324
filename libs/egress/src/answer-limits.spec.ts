import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Config } from '#libs/config';
import { answerLimits, type EgressPurpose } from './answer-limits.js';
import { Egress } from './index.js';

const purposes = Object.entries(answerLimits).map(([purpose, limit]) => ({
  purpose: purpose as EgressPurpose,
  ...limit,
}));

describe('what is read of an answer, and waited for it', () => {
  const server = createServer((request, response) => {
    const bytes = Number(request.headers['x-bytes']);
    if (bytes > 0) response.end(Buffer.alloc(bytes));
  });
  const egress = new Egress({ egressAllow: ['127.0.0.0/8'] } as unknown as Config);
  let url = '';

  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close().closeAllConnections());
  afterEach(() => vi.useRealTimers());

  const answered = (purpose: EgressPurpose, bytes: number) =>
    egress.request({ purpose, method: 'GET', url, headers: { 'x-bytes': String(bytes) } });

  it.each(purposes)('$purpose: $bytes bytes, and not one more', async ({ purpose, bytes }) => {
    expect((await answered(purpose, bytes)).body).toHaveLength(bytes);
    await expect(answered(purpose, bytes + 1)).rejects.toMatchObject({ failure: 'too_large' });
  });

  it.each(purposes)('$purpose: $seconds s, whatever more is asked for', async ({ purpose, seconds }) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const arrived = once(server, 'request');
    const ended = vi.fn();
    const call = egress.request({ purpose, method: 'GET', url, timeoutSeconds: 3600 });
    const outcome = call.catch((error: unknown) => error).finally(ended);
    await arrived;
    await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toMatchObject({ failure: 'timeout' });
  });
});
