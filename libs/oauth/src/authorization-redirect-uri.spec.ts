import { describe, expect, it } from 'vitest';
import { isRegistered } from './authorization-redirect-uri.js';

const REGISTERED = [
  'https://app.example/callback',
  'https://app.example/with?kept=1',
  'http://127.0.0.1/callback',
  'http://[::1]/callback',
  'http://localhost/callback',
];

describe('a redirect URI is taken', () => {
  it.each([
    ...REGISTERED,
    'http://127.0.0.1:1/callback',
    'http://127.0.0.1:49152/callback',
    'http://127.0.0.1:65535/callback',
    'http://[::1]:49152/callback',
  ])('when it is registered, but for the port of a loopback IP: %s', (uri) => {
    expect(isRegistered(REGISTERED, uri)).toBe(true);
  });

  it('of a loopback IP that was registered with a port', () => {
    expect(isRegistered(['http://127.0.0.1:3000/cb?a=1'], 'http://127.0.0.1:4000/cb?a=1')).toBe(true);
    expect(isRegistered(['http://127.0.0.1:3000'], 'http://127.0.0.1:4000')).toBe(true);
  });
});

/** The many more ways by other URLs are tried over HTTP, in test/oauth. */
const MUTATIONS = [
  '',
  'https://app.example/callback/',
  'https://app.example/callback#x',
  'https://app.example%00.evil.example/callback',
  'https://app.example.evil.example/callback',
  'https://evil.example/callback',
  'https://app.example@evil.example/callback',
  'https://app.example:x@evil.example/callback',
  'https://app.example,evil.example/callback',
  'https://app.example/with?kept=2',
  'https://app.example/with?kept=1&more=1',
  'http://localhost:49152/callback',
  'http://127.0.0.2/callback',
  'http://127.1/callback',
  'http://2130706433/callback',
  'http://0x7f.0.0.1/callback',
  'http://0.0.0.0/callback',
  'http://127.0.0.1.evil.example/callback',
  'http://127.0.0.1:80.evil.example/callback',
  'http://127.0.0.1:80@evil.example/callback',
  'http://127.0.0.1@evil.example/callback',
  String.raw`http://127.0.0.1:80\@evil.example/callback`,
  String.raw`http://127.0.0.1:80\callback`,
  'http://127.0.0.1:0/callback',
  'http://127.0.0.1:080/callback',
  'http://127.0.0.1:65536/callback',
  'http://127.0.0.1:99999/callback',
  'http://127.0.0.1:-1/callback',
  'http://127.0.0.1:1x/callback',
  'http://127.0.0.1:/callback',
  'http://127.0.0.1:49152',
  'http://127.0.0.1:49152/',
  'http://127.0.0.1:49152/callback/',
  'http://127.0.0.1:49152/callback?x=1',
  'http://127.0.0.1:49152/callback#x',
  'http://127.0.0.1:49152#/callback',
  'http://[::1]:49152.evil.example/callback',
  'http://[::1]@evil.example/callback',
  'http://[0:0:0:0:0:0:0:1]:49152/callback',
  'http://[::2]/callback',
];

describe('a redirect URI is refused', () => {
  it.each(MUTATIONS)('%j', (uri) => {
    expect(isRegistered(REGISTERED, uri)).toBe(false);
  });

  it('with a port of its own choice, when the host only begins like a loopback IP', () => {
    expect(isRegistered(['http://127.0.0.1.test/cb'], 'http://127.0.0.1:80.test/cb')).toBe(false);
    expect(isRegistered(['http://127.0.0.12/cb'], 'http://127.0.0.1:800002/cb')).toBe(false);
  });

  it('when nothing is registered', () => {
    expect(isRegistered([], 'https://app.example/callback')).toBe(false);
  });
});
