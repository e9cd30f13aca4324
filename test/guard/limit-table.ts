import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DocumentedLimit {
  name: string;
  most: number;
  error: string;
}

/** The lines of docs/limits.md that name a limit. */
export function readLimits(): DocumentedLimit[] {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'limits.md'), 'utf8');
  return [...text.matchAll(/^\| `([a-z-]+)` *\| ([\d,]+) *\| ([^|]+?) *\|/gm)].map(
    ([, name = '', most = '', error = '']) => ({
      name,
      most: Number(most.replaceAll(',', '')),
      error: error.replaceAll('`', ''),
    }),
  );
}
