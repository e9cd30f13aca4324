import { expect, test } from 'vitest';
import { soak } from '../chaos/soak/soak.js';

test('the main job goes on while PostgreSQL dies twice and workers are killed: no run, connection or webhook gets lost', async () => {
  const findings = await soak('short');
  expect(findings.flatMap(({ misses }) => misses)).toEqual([]);
  expect(findings.map(({ runs }) => runs > 0)).toEqual([true]);
}, 240_000);
