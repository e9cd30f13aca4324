/**
 * Whether a `Link` header (RFC 8288) names a next page: undefined when there is no such header, since an app that sends none may have more all
 * the same.
 */
export function hasNextLink(header: string | undefined): boolean | undefined {
  if (header === undefined) return undefined;
  return header.split(',').some((link) => /;\s*rel\s*=\s*"?(?:[^";]*\s)?next(?:\s[^";]*)?"?\s*(?:;|$)/i.test(link));
}
