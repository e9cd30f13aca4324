import { expect, it } from 'vitest';
import { readUpstreamActionId, upstreamActionId } from './upstream-action-id.js';

const appId = '018f2c1e-0000-7000-8000-000000000001';

it.each(['send_message', 'key.with.dots', 'a key with spaces', 'schlüssel/1'])('leads back to the key %j', (key) => {
  const name = { appId, type: 'SEARCH_OR_WRITE', key };
  expect(readUpstreamActionId(upstreamActionId(name))).toEqual(name);
});

it.each([
  ['a local one', `core:${appId}.send_message`],
  ['one without a key', `up:${appId}.WRITE.`],
  ['one without a type', `up:${appId}..key`],
  ['one of no app', 'up:------------------------------------.WRITE.key'],
  ['one that no database holds', `up:${appId}.WRITE.a\0b`],
  ['one whose key has no end', `up:${appId}.WRITE.${'k'.repeat(256)}`],
])('%s is none', (_what, id) => {
  expect(readUpstreamActionId(id)).toBeNull();
});

it('names its app in any case of letters', () => {
  expect(readUpstreamActionId(`up:${appId.toUpperCase()}.READ.k`)).toEqual({ appId, type: 'READ', key: 'k' });
});
