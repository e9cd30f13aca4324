import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Benchmark } from './benchmark.js';
import { connect } from './connect.js';
import { databaseScope } from './database-scope.js';
import { keysJwks } from './keys-jwks.js';
import { keysVerify } from './keys-verify.js';
import { oauth } from './oauth.js';
import { oauthBearer } from './oauth-bearer.js';
import { OptionsError, parseOptions } from './options.js';
import { comparisonTable, figureLines, resultsJson } from './report.js';
import { rowSecurity } from './row-security.js';
import { runs } from './runs.js';
import { runsPoll } from './runs-poll.js';
import { vaultSecrets } from './vault-secrets.js';
import { vaultClaims } from './vault-claims.js';
import { vaultRefresh } from './vault-refresh.js';

const SUITES = {
  connect,
  'database-scope': databaseScope,
  'keys-jwks': keysJwks,
  'keys-verify': keysVerify,
  oauth,
  'oauth-bearer': oauthBearer,
  'row-security': rowSecurity,
  'vault-secrets': vaultSecrets,
  'vault-claims': vaultClaims,
  'vault-refresh': vaultRefresh,
  runs,
  'runs-poll': runsPoll,
};
/** Compiled, this file lies two folders below it. */
const CHECKOUT = join(import.meta.dirname, '..', '..');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** What shells answer after Ctrl-C. */
const INTERRUPTED = 130;

/** `npm run bench`: exits with 1 when something failed to answer. */
try {
  await main();
} catch (error) {
  console.error(error instanceof OptionsError ? error.message : error);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), Object.keys(SUITES));
  const benchmark = new Benchmark(options, CHECKOUT);
  const interrupt = () => void benchmark.interrupt().finally(() => process.exit(INTERRUPTED));
  for (const signal of SIGNALS) process.on(signal, interrupt);

  await benchmark.run(SUITES);
  if (benchmark.interrupted) return;
  const { comparisons, failures } = benchmark;
  if (comparisons.length > 0) console.log(`\n${comparisonTable(comparisons)}`);
  for (const line of figureLines(comparisons)) console.log(line);
  for (const { name, error } of failures) console.error(`\n${name} failed: ${error}`);
  if (failures.length > 0) process.exitCode = 1;
  if (options.profile) return;
  writeFileSync(join(CHECKOUT, 'bench', 'results.json'), resultsJson(options, comparisons, failures));
  console.log('\nEvery figure of every run is in bench/results.json.');
}
