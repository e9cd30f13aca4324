import { describe, test } from 'vitest';
import { concurrentCallers } from '../chaos/refresh/concurrent-callers.js';
import { sameMinute } from '../chaos/refresh/same-minute.js';
import { slowAnswers } from '../chaos/refresh/slow-answers.js';
import { holds } from './short-form.js';

// One after the other: these look at times.
describe('refreshes that many wait for', { timeout: 120_000 }, () => {
  test('50 callers of two processes need an ended token: one request, and all get the same new token within a second (R1)', () =>
    holds(concurrentCallers));
  test('slow answers hold up nobody else (R8)', () => holds(slowAnswers));
  test('tokens that end together are refreshed apart, and each before its end (R15)', () => holds(sameMinute));
});
