import { beforeEach, expect, it } from 'vitest';
import { OutageLog } from './index.js';

let lines: string[];
let outage: OutageLog;
const works = () => Promise.resolve();
const fails = () => Promise.reject(new Error('away'));

beforeEach(() => {
  lines = [];
  outage = new OutageLog(
    { log: (line) => lines.push(line), warn: (line) => lines.push((line as { msg: string }).msg) },
    'Key sets',
  );
});

it('says nothing of work that works', async () => {
  expect(await outage.around(works)).toBe(true);
  expect(lines).toEqual([]);
});

it('says once that an outage began, and once that it ended', async () => {
  for (const work of [fails, fails, fails]) expect(await outage.around(work)).toBe(false);
  for (const work of [works, works]) expect(await outage.around(work)).toBe(true);
  expect(lines).toEqual(['Key sets are held up; it is tried again.', 'Key sets go on.']);
});
