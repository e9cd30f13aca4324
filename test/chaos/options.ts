import { parseArgs } from 'node:util';
import type { Size } from './refresh/experiment.js';

export interface Options<Suite extends string> {
  suite: Suite;
  /** Names such as `R4`, in the order of the table. */
  only: string[];
  size: Size;
}

/** A sentence for whoever typed the command. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

const USAGE = 'Usage: npm run chaos -- refresh|runs|soak [--only R4,R5] [--quick]';

/** @param known the experiments of each suite @throws OptionsError */
export function parseOptions<Suite extends string>(
  args: string[],
  known: Readonly<Record<Suite, readonly string[]>>,
): Options<Suite> {
  const { values, positionals } = parsed(args);
  const suite = (Object.keys(known) as Suite[]).find((name) => name === positionals[0]);
  if (positionals.length !== 1 || suite === undefined) throw new OptionsError(USAGE);
  const asked = values.only.flatMap((names) => names.split(','));
  const unknown = asked.find((name) => !known[suite].includes(name));
  if (unknown !== undefined) {
    throw new OptionsError(`There is no "${unknown}". The experiments are: ${known[suite].join(', ')}. ${USAGE}`);
  }
  return {
    suite,
    only: known[suite].filter((name) => asked.length === 0 || asked.includes(name)),
    size: values.quick ? 'short' : 'full',
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        only: { type: 'string', multiple: true, default: [] },
        quick: { type: 'boolean', default: false },
      },
    });
  } catch {
    throw new OptionsError(USAGE);
  }
}
