import type { UpstreamWarning } from '#libs/upstream';

/** A list says in `meta.warnings` which of its sources it could not ask, where there is one. */
export function withWarnings<Page extends { meta: object }>(page: Page, warnings: readonly UpstreamWarning[]): Page {
  return warnings.length === 0 ? page : { ...page, meta: { ...page.meta, warnings } };
}
