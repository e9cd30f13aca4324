import type { ErrorObject } from 'ajv';
import { alternativesText, flawText, isAlternatives } from './flaw-text.js';

/** What is wrong, and where below the value: the names of members and the indexes of items that lead there. */
export interface Flaw {
  readonly path: readonly string[];
  readonly problem: string;
}

export const MAX_FLAWS = 20;

/** One a place. What the alternatives say each is one flaw of the value that fits none of them. */
export function flawsOf(errors: readonly ErrorObject[]): Flaw[] {
  const groups = errors.filter(isAlternatives).map(({ schemaPath }) => `${schemaPath}/`);
  const outer = errors.filter(({ schemaPath }) => !groups.some((group) => schemaPath.startsWith(group)));
  const byPlace = new Map<string, Flaw>();
  for (const error of outer) {
    const flaw = flawOf(error, errors);
    const place = JSON.stringify(flaw.path);
    if (!byPlace.has(place)) byPlace.set(place, flaw);
    if (byPlace.size >= MAX_FLAWS) break;
  }
  return [...byPlace.values()];
}

function flawOf(error: ErrorObject, all: readonly ErrorObject[]): Flaw {
  const path = names(error.instancePath);
  const { missingProperty, additionalProperty } = error.params as Record<string, string | undefined>;
  if (missingProperty !== undefined) return { path: [...path, missingProperty], problem: 'is required' };
  if (additionalProperty !== undefined)
    return { path: [...path, additionalProperty], problem: 'is not permitted here' };
  if (!isAlternatives(error)) return { path, problem: flawText(error) };
  const prefix = `${error.schemaPath}/`;
  return {
    path,
    problem: alternativesText(
      error,
      all.filter(({ schemaPath }) => schemaPath.startsWith(prefix)),
    ),
  };
}

/** RFC 6901. */
function names(pointer: string): string[] {
  const parts = pointer.split('/').slice(1);
  return parts.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}
