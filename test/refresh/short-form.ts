import { expect } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import type { Experiment } from '../chaos/refresh/experiment.js';

/** The experiment's short form, on a database of the test server. What was missed is what the test says. */
export async function holds(experiment: Experiment): Promise<void> {
  const findings = await experiment.run({ database: createTestDatabase }, 'short');
  expect(findings.length).toBeGreaterThan(0);
  const misses = findings.flatMap(({ condition, misses: of }) => of.map((miss) => `${condition}: ${miss}`));
  expect(misses).toEqual([]);
}
