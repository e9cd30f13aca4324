import { describe, expect, it } from 'vitest';
import { freshSeconds } from './freshness.js';

describe('a fetched key set', () => {
  it.each<[number, Record<string, string>]>([
    [300, {}],
    [300, { 'cache-control': 'public' }],
    [300, { 'cache-control': 'max-age=soon' }],
    [300, { 'cache-control': 's-maxage=900' }],
    [300, { age: '120' }],
    [120, { 'cache-control': 'max-age=120' }],
    [120, { 'cache-control': 'public, max-age=120, must-revalidate' }],
    [120, { 'cache-control': 'Public,MAX-AGE="120"' }],
    [120, { 'cache-control': 'max-age=120, max-age=900' }],
    [60, { 'cache-control': 'max-age=1' }],
    [60, { 'cache-control': 'must-revalidate,max-age=0' }],
    [60, { 'cache-control': 'no-store' }],
    [60, { 'cache-control': 'max-age=3600, no-cache' }],
    [60, { 'cache-control': 'no-cache="set-cookie", max-age=3600' }],
    [500, { 'cache-control': 'max-age=600', age: '100' }],
    [600, { 'cache-control': 'max-age=600', age: 'old' }],
    [60, { 'cache-control': 'max-age=600', age: '601' }],
    [86_400, { 'cache-control': 'max-age=99999999' }],
    [86_400, { 'cache-control': `max-age=${'9'.repeat(400)}` }],
  ])('is fresh for %d s after %o', (seconds, headers) => expect(freshSeconds(headers)).toBe(seconds));
});
