import { assert, property, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import { accentOf } from './branding.js';

/** WCAG 2.2, computed another way than the code does: from a table of the 256 channel values. */
const linear = Array.from({ length: 256 }, (_, value) => {
  const channel = value / 255;
  return channel <= 0.04045 ? channel / 12.92 : Math.pow((channel + 0.055) / 1.055, 2.4);
});
function contrast(one: number[], other: number[]): number {
  const luminances = [one, other].map(([r = 0, g = 0, b = 0]) => {
    return 0.2126 * (linear[r] ?? 0) + 0.7152 * (linear[g] ?? 0) + 0.0722 * (linear[b] ?? 0);
  });
  return (Math.max(...luminances) + 0.05) / (Math.min(...luminances) + 0.05);
}
const channels = (hex: string) => [...Buffer.from(hex.slice(1), 'hex')];

it('text on any colour has a contrast of 4.5 to 1 at least', () => {
  const color = uint8Array({ minLength: 3, maxLength: 3 }).map((bytes) => `#${Buffer.from(bytes).toString('hex')}`);
  assert(
    property(color, (background) => {
      expect(contrast(channels(background), channels(accentOf(background).text))).toBeGreaterThanOrEqual(4.5);
    }),
    { numRuns: 2000 },
  );
});

it.each([
  ['#000000', '#ffffff'],
  ['#ffffff', '#000000'],
  ['#ffe600', '#000000'],
  ['#0b6e4f', '#ffffff'],
])('text on %s is %s', (background, text) => {
  expect(accentOf(background)).toEqual({ background, text });
});
