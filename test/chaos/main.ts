import { ServerGround } from './ground.js';
import { OptionsError, parseOptions } from './options.js';
import type { Finding } from './refresh/experiment.js';
import { experiments } from './refresh/experiments.js';
import { findingsTable } from './table.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** What shells answer after Ctrl-C. */
const INTERRUPTED = 130;

/** `npm run chaos -- refresh`: exits with 1 when something promised did not hold. */
try {
  await main();
} catch (error) {
  console.error(error instanceof OptionsError ? error.message : error);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { only, size } = parseOptions(
    process.argv.slice(2),
    experiments.map(({ test }) => test),
  );
  // Every process that was started ends with this one.
  for (const signal of SIGNALS) process.on(signal, () => process.exit(INTERRUPTED));
  await using ground = await ServerGround.start();
  const findings: Finding[] = [];
  for (const experiment of experiments.filter((one) => only.includes(one.test))) {
    const { test, title } = experiment;
    console.error(`${new Date().toISOString().slice(11, 19)} ${test}: ${title}`);
    const found = await experiment.run(ground, size).catch((error: unknown) => [broken(test, error)]);
    for (const { misses } of found) for (const miss of misses) console.error(`  missed: ${miss}`);
    findings.push(...found);
  }
  console.log(`\n${findingsTable(findings)}`);
  if (findings.some(({ misses }) => misses.length > 0)) process.exitCode = 1;
}

function broken(test: string, error: unknown): Finding {
  const misses = [`it broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
  return { test, condition: '', refreshes: 0, reuse: 0, lost: 0, marked: 0, misses, notes: [] };
}
