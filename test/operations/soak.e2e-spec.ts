import { expect, test } from 'vitest';
import { capacity } from '../chaos/soak/capacity.js';
import { soak } from '../chaos/soak/soak.js';

test('the main job goes on while PostgreSQL dies twice and workers are killed: no run, connection or webhook gets lost', async () => {
  const findings = await soak('short');
  expect(findings.flatMap(({ misses }) => misses)).toEqual([]);
  expect(findings.map(({ runs }) => runs > 0)).toEqual([true]);
}, 240_000);

test('the main job at 70 % of what can be done here: no request fails, and each effect is there once (L1)', async () => {
  const findings = await capacity('short');
  expect(findings.flatMap(({ misses }) => misses)).toEqual([]);
  expect(findings.map(({ runs }) => runs > 0)).toEqual([true]);
}, 240_000);
