import { listMember, textMember } from './json.js';

const MAX_NAMED = 3;

/**
 * What the validator threw, as one sentence. It reports every branch of every `oneOf`, so the deepest places come first
 * (that is the branch the author meant) and "could have been a reference" is dropped.
 */
export function schemaViolations(error: unknown): { sentence: string; pointer?: string } {
  const violations = listMember(error, 'details')
    .map((detail) => ({ pointer: textMember(detail, 'instancePath') ?? '', text: textMember(detail, 'message') ?? '' }))
    .filter(({ text }) => !text.includes('$ref') && !text.includes('oneOf'));
  const deepest = Math.max(0, ...violations.slice(0, 10_000).map(({ pointer }) => pointer.split('/').length));
  const named = violations.filter(({ pointer }) => pointer.split('/').length === deepest).slice(0, MAX_NAMED);
  const [first] = named;
  if (first) {
    const list = [...new Set(named.map(({ pointer, text }) => `${pointer || 'the root'} ${text}`))].join('; ');
    return { sentence: `The document does not follow OpenAPI: ${list}.`, pointer: first.pointer };
  }
  const message = error instanceof Error ? error.message.split('\n', 1)[0] : undefined;
  return { sentence: `The document does not follow OpenAPI: ${message ?? 'unknown violation'}` };
}
