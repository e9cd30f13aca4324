import { parseArgs } from 'node:util';
import type { Size } from './refresh/experiment.js';

export interface Options {
  /** Names such as `R4`, in the order of the table. */
  only: string[];
  size: Size;
}

/** A sentence for whoever typed the command. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

const USAGE = 'Usage: npm run chaos -- refresh [--only R4,R5] [--quick]';

/** @throws OptionsError */
export function parseOptions(args: string[], known: readonly string[]): Options {
  const { values, positionals } = parsed(args);
  if (positionals.length !== 1 || positionals[0] !== 'refresh') throw new OptionsError(USAGE);
  const asked = values.only.flatMap((names) => names.split(','));
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new OptionsError(`There is no "${unknown}". The experiments are: ${known.join(', ')}. ${USAGE}`);
  }
  return {
    only: known.filter((name) => asked.length === 0 || asked.includes(name)),
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
