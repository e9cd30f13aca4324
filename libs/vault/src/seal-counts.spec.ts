import { expect, it } from 'vitest';
import { asTenantId, newId } from '#libs/database';
import { SealCounts, type SealCount } from './seal-counts.js';

const tenantId = asTenantId(newId());

it('counts are handed over once, and kept when they could not be written', async () => {
  const counts = new SealCounts();
  const written: SealCount[][] = [];
  const write = (given: SealCount[]) => {
    written.push(given);
    return Promise.resolve();
  };
  counts.note(tenantId, 1);
  counts.note(tenantId, 1, 4);
  counts.note(tenantId, 2);
  await expect(counts.flush(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
  counts.note(tenantId, 2);
  await counts.flush(write);
  await counts.flush(write);
  expect(written).toEqual([
    [
      { tenantId, generation: 1, seals: 5 },
      { tenantId, generation: 2, seals: 2 },
    ],
  ]);
});
