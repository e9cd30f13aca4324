import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DocumentedLimit {
  name: string;
  most: number;
  error: string;
}

/** The lines of docs/limits.md that name a limit of what is sent to us. */
export function readLimits(): DocumentedLimit[] {
  const [ours = ''] = sections();
  return [...ours.matchAll(/^\| `([a-z-]+)` *\| ([\d,]+) *\| ([^|]+?) *\|/gm)].map(
    ([, name = '', most = '', error = '']) => ({
      name,
      most: numberOf(most),
      error: error.replaceAll('`', ''),
    }),
  );
}

export interface DocumentedAnswer {
  bytes: number;
  seconds: number;
}

/** The lines of its last table, by name. */
export function readAnswerLimits(): Record<string, DocumentedAnswer> {
  const [, theirs = ''] = sections();
  return Object.fromEntries(
    [...theirs.matchAll(/^\| `([a-z-]+)` *\| ([\d,]+) *\| ([\d,]+) *\|/gm)].map(
      ([, name = '', bytes = '', seconds = '']) => [name, { bytes: numberOf(bytes), seconds: numberOf(seconds) }],
    ),
  );
}

function sections(): string[] {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'limits.md'), 'utf8');
  return text.split('\n## Of what others answer\n');
}

function numberOf(text: string): number {
  return Number(text.replaceAll(',', ''));
}
