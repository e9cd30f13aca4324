import { expect, it } from 'vitest';
import { FakeClock } from '#libs/testing';
import type { UpstreamCalls } from './upstream-calls.js';
import { UpstreamLists } from './upstream-lists.js';
import type { Upstream } from './upstream.entity.js';

/** Gives full pages without end, each after so many seconds. */
function endless(clock: FakeClock, seconds: number) {
  const asked = { times: 0 };
  const call = () => {
    asked.times += 1;
    clock.advance(seconds);
    const data = Array.from({ length: 100 }, (_, index) => ({ id: `${asked.times}-${index}` }));
    return Promise.resolve({ status: 200, headers: {}, body: { data } });
  };
  return { asked, calls: { call } as unknown as UpstreamCalls };
}

const upstream = { title: 'Zapier' } as Upstream;
const request = { path: '/v2/authentications' };

it('a person does not wait for a list that takes too long', async () => {
  const clock = new FakeClock();
  const { asked, calls } = endless(clock, 6);
  const listed = new UpstreamLists(calls, clock).all(upstream, 'user', { ...request, urgency: 'person' });
  await expect(listed).rejects.toThrow('Zapier takes too long to give its list.');
  expect(asked.times).toBe(4);
});

it('a list without an end is not followed for ever', async () => {
  const clock = new FakeClock();
  const { asked, calls } = endless(clock, 6);
  const listed = await new UpstreamLists(calls, clock).all(upstream, 'user', { ...request, urgency: 'worker' });
  expect([asked.times, listed.length]).toEqual([50, 5000]);
});
