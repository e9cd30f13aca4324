import { isObject, textOf, type JsonObject } from './upstream-body.js';
import type { UpstreamProblem } from './upstream-error.js';

const MAX_PROBLEMS = 20;
const MAX_CHARACTERS = 1000;

/**
 * What a refusal says: `{errors: […]}` of objects, or of texts as in the first version; `{code, detail}` without an envelope; `{error,
 * error_description}` of the token endpoint. Empty when it says nothing that can be read.
 */
export function readProblems(body: unknown): UpstreamProblem[] {
  if (!isObject(body)) return [];
  if (Array.isArray(body.errors)) return body.errors.slice(0, MAX_PROBLEMS).flatMap(problemOf);
  if (typeof body.error === 'string') return [toProblem(body.error, null, body.error_description)];
  return problemOf(isObject(body.error) ? body.error : body);
}

function problemOf(error: unknown): UpstreamProblem[] {
  if (typeof error === 'string') return [toProblem(null, null, error)];
  if (!isObject(error)) return [];
  const { code, title, detail, message } = error;
  if (code === undefined && title === undefined && detail === undefined && message === undefined) return [];
  return [toProblem(code, title, detail ?? message, pointerOf(error))];
}

function toProblem(code: unknown, title: unknown, detail: unknown, pointer: string | null = null): UpstreamProblem {
  return { code: said(code), title: said(title), detail: said(detail), pointer };
}

function pointerOf({ source }: JsonObject): string | null {
  return isObject(source) ? said(source.pointer) : null;
}

function said(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : textOf(value);
  return text?.slice(0, MAX_CHARACTERS) ?? null;
}
