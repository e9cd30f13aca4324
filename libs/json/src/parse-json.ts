import { isDeeper } from './is-deeper.js';

/** More than any API answers, and far from what a recursion or `JSON.stringify` fails on, however deep the stack is that they are called at. */
const MAX_LEVELS = 500;

/**
 * Reads what a stranger answered.
 * @returns undefined when it is no JSON, or nested deeper than 500 levels: a reader may bound that (RFC 8259 §9)
 */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isDeeper(value, MAX_LEVELS) ? undefined : value;
  } catch {
    return undefined;
  }
}
