import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { consoleStyles } from './console-styles.js';

/** `apps/console`, which is built on its own, since it runs in browsers, in one file (rolldown.config.mjs). */
const SCRIPT = new URL('../../../../apps/console/console.js', import.meta.url);

const ICON =
  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='8' fill='#2f5bea'/><path d='M9 25V13a7 7 0 0 1 14 0v12M9 18h14' fill='none' stroke='#fff' stroke-width='3'/></svg>";

export interface ConsolePage {
  html: string;
  zipped: Buffer;
  etag: string;
  policy: string;
}

/** The whole console in one answer, the same for everybody: what it shows it asks for itself. */
export async function consolePage(): Promise<ConsolePage> {
  const script = await readFile(SCRIPT, 'utf8');
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>Gatehouse console</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}"><style>${consoleStyles}</style></head>
<body><noscript>The console needs JavaScript. The admin API does not: see docs/administration.md.</noscript><script type="module">${script}</script></body></html>`;
  return {
    html,
    zipped: gzipSync(html, { level: 9 }),
    etag: `W/"${createHash('sha256').update(html).digest('base64url')}"`,
    policy: policyFor(script),
  };
}

/** This script and this style alone, by their digests; no HTML from text, by the browser's own refusal (Trusted Types); no form but ours. */
function policyFor(script: string): string {
  return [
    "default-src 'none'",
    `script-src ${digestOf(script)}`,
    `style-src ${digestOf(consoleStyles)}`,
    "connect-src 'self'",
    'img-src data:',
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function digestOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
