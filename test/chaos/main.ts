import { ServerGround } from './ground.js';
import { OptionsError, parseOptions } from './options.js';
import { refreshSuite } from './refresh/experiments.js';
import { runsSuite } from './runs/experiments.js';
import { soakSuite } from './soak/experiments.js';

const SUITES = { refresh: refreshSuite, runs: runsSuite, soak: soakSuite };
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** What shells answer after Ctrl-C. */
const INTERRUPTED = 130;

/** `npm run chaos -- refresh`, `runs` or `soak`: exits with 1 when something promised did not hold. */
try {
  await main();
} catch (error) {
  console.error(error instanceof OptionsError ? error.message : error);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const known = { refresh: SUITES.refresh.tests, runs: SUITES.runs.tests, soak: SUITES.soak.tests };
  const { suite, only, size } = parseOptions(process.argv.slice(2), known);
  // Every process that was started ends with this one.
  for (const signal of SIGNALS) process.on(signal, () => process.exit(INTERRUPTED));
  await using ground = await ServerGround.start();
  const { table, hasHeld } = await SUITES[suite].run(ground, only, size);
  console.log(`\n${table}`);
  if (!hasHeld) process.exitCode = 1;
}
