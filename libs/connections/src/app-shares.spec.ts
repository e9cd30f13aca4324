import { describe, expect, it } from 'vitest';
import { asTenantId } from '#libs/database';
import { AppShares } from './app-shares.js';

const NOW = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2026-01-01T00:10:00Z');
const row = { tenantId: asTenantId('8f1b7c9e-2c4b-4a57-9d0e-0f6a4f1f2a01'), appId: 'crm' };
const rows = (count: number) => Array.from({ length: count }, () => row);

function places(shares: AppShares, now = NOW): number | undefined {
  return shares.left(now).find(({ appId }) => appId === row.appId)?.places;
}

describe('an app whose third party does not answer', () => {
  it('has one place, once those that it had are free', () => {
    const shares = new AppShares(8);
    shares.take(rows(8));
    for (let left = 8; left > 0; left -= 1) {
      expect(places(shares)).toBe(0);
      expect(shares.hasMore).toBe(false);
      shares.fallsSilent(row, LATER);
      shares.done(row);
    }
    expect(shares.hasMore).toBe(true);
    expect(places(shares)).toBe(1);
  });

  it('has no more of them where it had only some of its share', () => {
    const shares = new AppShares(8);
    shares.take(rows(3));
    shares.fallsSilent(row, LATER);
    shares.done(row);
    expect(places(shares)).toBe(0);
  });

  it.each([
    ['as soon as it answers', (shares: AppShares) => shares.speaks(row), NOW, 8],
    ['after a while', () => undefined, LATER, 8],
    ['but not before', () => undefined, NOW, 1],
  ])('has its share again %s', (_, happens, now, expected) => {
    const shares = new AppShares(8);
    shares.take([row]);
    shares.fallsSilent(row, LATER);
    shares.done(row);
    shares.left(NOW);
    shares.take([row]);
    happens(shares);
    shares.done(row);
    // One that nothing is known of has its whole share.
    expect(places(shares, now) ?? 8).toBe(expected);
  });
});
