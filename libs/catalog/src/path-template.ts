import { DocumentError } from './document-error.js';

/** A segment that URL parsers remove or climb by, also when it is percent-encoded (https://url.spec.whatwg.org/#double-dot-path-segment). */
export function isDotSegment(segment: string): boolean {
  return /^(?:\.|%2e){1,2}$/i.test(segment);
}

/** Throws {@link DocumentError} unless the template is a plain path whose names are all in `declared`. */
export function checkTemplate(template: string, declared: ReadonlySet<string>, pointer: string): void {
  const literal = template.replace(/\{[^{}]*\}/g, 'x');
  if (/[?#\\{}\s]|\p{Cc}/u.test(literal) || literal.split('/').some(isDotSegment)) {
    throw new DocumentError(
      `The path "${template}" has a query, a fragment, a dot segment or an unbalanced brace.`,
      pointer,
    );
  }
  for (const [, name = ''] of template.matchAll(/\{([^{}]*)\}/g)) {
    if (declared.has(name)) continue;
    throw new DocumentError(
      `The path "${template}" names {${name}}, which is no path parameter of the operation.`,
      pointer,
    );
  }
}

/** Puts encoded values in the places of the template. */
export function expandTemplate(template: string, encoded: ReadonlyMap<string, string>): string {
  return template.replace(/\{([^{}]*)\}/g, (_, name: string) => encoded.get(name) ?? '');
}
