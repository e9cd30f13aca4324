import { describe, expect, it } from 'vitest';
import type { Oauth2Credentials } from './token-answer.js';
import { FIRST_TIME } from './refresh-demand.js';
import { lookDueAt, refreshDueAt } from './refresh-due.js';

const obtained = new Date('2026-01-01T00:00:00Z');
const after = (seconds: number) => new Date(obtained.getTime() + seconds * 1000);
const credentials = (lifeSeconds: number | null, changes: Partial<Oauth2Credentials> = {}): Oauth2Credentials => ({
  kind: 'oauth2',
  accessToken: 'access-1',
  refreshToken: 'refresh-1',
  scopes: [],
  expiresAt: lifeSeconds === null ? null : after(lifeSeconds).toISOString(),
  obtainedAt: obtained.toISOString(),
  ...changes,
});

describe('when a token is refreshed', () => {
  it.each([
    [120, 0, 60],
    [120, 1, 48],
    [36_000, 0, 36_000 - 900],
    [36_000, 1, 36_000 - 1080],
    [20, 0, 10],
    [1, 0, 5],
    [0, 0, 5],
    [-60, 1, 5],
  ])('a token of %i s with jitter %d is due after %i s', (life, random, due) => {
    expect(refreshDueAt(obtained, after(life), () => random)).toEqual(after(due));
  });

  it('a token without an end is never due by time', () => {
    expect(refreshDueAt(obtained, null)).toBeNull();
  });
});

describe('when the loop looks at a connection', () => {
  it.each<[string, number | null, number | null, number, number | null]>([
    ['that ends and may idle: before its end', 3600, null, 0, 2700],
    ['that has no end: never', null, null, 0, null],
    ['that has no end, but is to be kept alive: when it has been idle so long', null, 86_400, 0, 86_400],
    ['that is to be kept alive: up to a fifth earlier', null, 86_400, 1, 69_120],
    ['that lives longer than it may idle: when it has been idle so long', 7 * 86_400, 86_400, 0, 86_400],
    ['that ends before it has been idle too long: before its end', 3600, 86_400, 0, 2700],
  ])('%s', (_, life, keepAlive, random, due) => {
    expect(lookDueAt(credentials(life), keepAlive, () => random)).toEqual(due === null ? null : after(due));
  });

  it('that can not be refreshed: when its token ends, and never when it has no end', () => {
    expect(lookDueAt(credentials(3600, { refreshToken: null }), 60)).toEqual(after(3600));
    expect(lookDueAt(credentials(null, { refreshToken: null }), 60)).toBeNull();
  });

  it.each<[string, Partial<Oauth2Credentials>]>([
    ['ended', { refreshToken: null, expiresAt: '1991-08-06T00:00:00Z' }],
    ['was obtained', { accessToken: '', obtainedAt: '1991-08-06T00:00:00Z' }],
  ])(
    'that came with a token that %s long before there were any: before all that is due, and behind what somebody waits for',
    (_, old) => {
      expect(lookDueAt(credentials(3600, old), null)).toEqual(FIRST_TIME);
    },
  );

  it('that has no tokens: never', () => {
    expect(lookDueAt({ kind: 'apiKey', value: 'key' }, 60)).toBeNull();
  });
});

describe('10,000 connections whose tokens end in the same minute', () => {
  it.each<[string, number, number | null, number, number]>([
    ['tokens of an hour', 3600, null, 2700, 180],
    ['tokens of ten minutes', 600, null, 300, 60],
    ['connections that are kept alive', 90 * 86_400, 86_400, 86_400, 0.2 * 86_400],
  ])(
    'are spread: no tenth of the jitter has 1.5 times the mean, and none is late (%s)',
    (_, life, keepAlive, last, jitter) => {
      const counts = Array.from({ length: 10 }, () => 0);
      for (let made = 0; made < 10_000; made += 1) {
        const due = ((lookDueAt(credentials(life), keepAlive)?.getTime() ?? Number.NaN) - obtained.getTime()) / 1000;
        const tenth = Math.min(9, Math.floor(((last - due) / jitter) * 10));
        counts[tenth] = (counts[tenth] ?? Number.NaN) + 1;
      }
      expect(counts).toHaveLength(10);
      expect(Math.max(...counts)).toBeLessThanOrEqual(1500);
    },
  );
});
