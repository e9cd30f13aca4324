import { catalogue } from './catalogue.js';

/** `docs/errors.md`: made from the catalogue, so that it can't say anything else. */
export function cataloguePage(): string {
  const rows = Object.entries(catalogue).map(([code, { status, title }]) => `| \`${code}\` | ${status} | ${title} |`);
  return `# Errors

Every error carries one of these codes, which stay as they are. \`/oauth\` answers \`{"error", "error_description"}\` (RFC 6749), \`/v1\` and \`/v2\`
answer Zapier's \`{"errors": [{"status", "code", "title", "detail", "source", "meta"}]}\`, \`/admin\` answers \`application/problem+json\`
(RFC 9457) with \`code\`. \`source\` names the place: a JSON Pointer into the body, a query parameter or a header.

Generated from \`libs/errors/src/catalogue.ts\` by its test: run \`npx vitest run --project unit libs/errors -u\` after a change.

| code | status | meaning |
| --- | --- | --- |
${rows.join('\n')}
`;
}
