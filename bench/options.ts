import { parseArgs } from 'node:util';

export interface Options {
  /** Names of the table of suites, in its order. */
  suites: string[];
  /** Of one run. */
  seconds: number;
  /** That count; one more warms up. */
  runs: number;
  /** Ours alone, once each, under the profiler. */
  profile: boolean;
}

/** A sentence for whoever typed the command. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

const USAGE = 'Usage: npm run bench -- [suite ...] [--seconds 3] [--runs 5] [--profile]';

/**
 * Reads the command line. `keys` means every suite whose name is that or begins with `keys-`; no name at all means every suite.
 * @throws OptionsError
 */
export function parseOptions(args: string[], known: string[]): Options {
  const { values, positionals } = parsed(args);
  const chosenBy = (asked: string) => known.filter((name) => name === asked || name.startsWith(`${asked}-`));
  for (const asked of positionals) {
    if (chosenBy(asked).length > 0) continue;
    throw new OptionsError(`There is no suite "${asked}". The suites are: ${known.join(', ')}. ${USAGE}`);
  }
  const chosen = new Set(positionals.flatMap(chosenBy));
  return {
    suites: chosen.size === 0 ? known : known.filter((name) => chosen.has(name)),
    // The tokens of one measure live an hour: 21 rounds of ours and two baselines, 30 s each, end before.
    seconds: within('seconds', values.seconds, 1, 30),
    runs: within('runs', values.runs, 1, 20),
    profile: values.profile,
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        seconds: { type: 'string', default: '3' },
        runs: { type: 'string', default: '5' },
        profile: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    // Node goes on with advice about file names that begin with a dash.
    const [reason] = (error as Error).message.split('. ');
    throw new OptionsError(`${reason}. ${USAGE}`);
  }
}

function within(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new OptionsError(`--${name} must be a whole number from ${least} to ${most}. ${USAGE}`);
}
