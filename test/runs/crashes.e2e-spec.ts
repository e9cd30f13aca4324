import { expect, test } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { crashes } from '../chaos/runs/crashes.js';
import type { RunsExperiment } from '../chaos/runs/finding.js';
import { pollerKilled } from '../chaos/runs/poller-killed.js';

/** The experiment's short form, on a database of the test server. What was missed is what the test says. */
async function holds(experiment: RunsExperiment): Promise<void> {
  const findings = await experiment.run({ database: createTestDatabase }, 'short');
  expect(findings.length).toBeGreaterThan(0);
  const misses = findings.flatMap(({ condition, misses: of }) => of.map((miss) => `${condition}: ${miss}`));
  expect(misses).toEqual([]);
}

test.concurrent(
  'processes that are killed carry nothing out twice, and every run ends (P1); none is unknown where the app knows a key (P2)',
  () => holds(crashes),
);
test.concurrent('runs that a killed process polled are taken over within ten seconds (P4)', () => holds(pollerKilled));
