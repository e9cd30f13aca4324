import { lookup } from 'node:dns/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { NameLookups } from './name-lookups.js';

vi.mock('node:dns/promises', () => ({ lookup: vi.fn() }));

/** With `all`, as it is asked here. */
const asked = vi.mocked(lookup as unknown as (name: string) => Promise<{ address: string; family: number }[]>);
const answer = [{ address: '192.0.2.1', family: 4 }];
let names: NameLookups;

beforeEach(() => {
  vi.useFakeTimers();
  names = new NameLookups();
});
afterEach(() => {
  vi.useRealTimers();
  asked.mockReset();
});

/** As long as nobody answers, and then as the system's resolver says so. */
const unansweredFor = (milliseconds: number) => () =>
  new Promise<never>((_, reject) => {
    setTimeout(() => reject(Object.assign(new Error('queryA'), { code: 'EAI_AGAIN' })), milliseconds);
  });
const refused = { failure: 'unreachable' };

it('who asks for a name while somebody does gets the same answer, and who comes later a new one', async () => {
  asked.mockResolvedValue(answer);
  expect(await Promise.all([names.addresses('a.test'), names.addresses('a.test')])).toEqual([
    ['192.0.2.1'],
    ['192.0.2.1'],
  ]);
  expect(asked).toHaveBeenCalledTimes(1);
  expect(await names.addresses('a.test')).toEqual(['192.0.2.1']);
  expect(asked).toHaveBeenCalledTimes(2);
});

it('a name that is said not to be is asked for again', async () => {
  asked.mockRejectedValue(new Error('ENOTFOUND'));
  await expect(names.addresses('a.test')).rejects.toMatchObject(refused);
  await expect(names.addresses('a.test')).rejects.toMatchObject(refused);
  expect(asked).toHaveBeenCalledTimes(2);
});

it('a name whose servers say nothing is asked for once in a minute, whoever needs it, and keeps nobody else waiting', async () => {
  asked.mockImplementation((name) => (name === 'dead.test' ? unansweredFor(20_000)() : Promise.resolve(answer)));
  const first = Promise.all(
    [names.addresses('dead.test'), names.addresses('dead.test')].map((one) => one.catch((error: unknown) => error)),
  );
  vi.advanceTimersByTime(5000);
  await expect(names.addresses('dead.test')).rejects.toMatchObject(refused);
  expect(await names.addresses('a.test')).toEqual(['192.0.2.1']);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await first).toMatchObject([refused, refused]);
  await vi.advanceTimersByTimeAsync(39_000);
  await expect(names.addresses('dead.test')).rejects.toMatchObject(refused);
  expect(asked.mock.calls.filter(([name]) => name === 'dead.test')).toHaveLength(1);

  await vi.advanceTimersByTimeAsync(1000);
  asked.mockResolvedValue(answer);
  expect(await names.addresses('dead.test')).toEqual(['192.0.2.1']);
});

it('forgets names that were left alone for their minute', async () => {
  asked.mockImplementation(unansweredFor(5000));
  const all = Array.from({ length: 1000 }, (_, index) => names.addresses(`dead-${index}.test`).catch(() => null));
  await vi.advanceTimersByTimeAsync(61_000);
  await Promise.all(all);
  expect(names.size).toBe(1000);
  asked.mockResolvedValue(answer);
  await names.addresses('a.test');
  expect(names.size).toBe(0);
});
