import { expect, it } from 'vitest';
import { addressName } from './index.js';

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s stands for %s', (address, name) => {
  expect(addressName(address)).toBe(name);
});

it.each(['', 'unix:', 'localhost', 'x'.repeat(10_000)])('what is no address is one caller: %.20s', (address) => {
  expect(addressName(address)).toBe('unknown');
});
