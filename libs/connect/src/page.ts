import { randomBytes } from 'node:crypto';
import { html } from 'ghtml';
import type { Accent } from './branding.js';
import { stylesOf } from './page-styles.js';
import { english } from './texts.js';

/** A page with the headers that keep it to itself. */
export interface Page {
  status: number;
  html: string;
  headers: Record<string, string>;
}

interface PageParts {
  status?: number;
  title: string;
  /** Escaped already: made with `html`. */
  body: string;
  /** Runs once, from this page alone. Data for it must be written with `scriptData`. */
  script?: string;
  /** Whether the script calls us. */
  sendsToSelf?: boolean;
  /** Origins besides our own that a form's answer may redirect to: Chromium checks them too. */
  formTargets?: readonly string[];
  /** By default as the person's device is set. */
  theme?: 'light' | 'dark' | null;
  accent?: Accent | undefined;
  /** Origins besides our own that images are from, and the page's icon: browsers ask for one where an image is allowed. */
  images?: { origins: readonly string[]; icon: string };
  /** A path of ours that the page goes on to by itself. */
  refresh?: { seconds: number; path: string };
}

/**
 * Strict CSP with a nonce a page; never framed; no Referer. No Cross-Origin-Opener-Policy: it would cut off the opener that waits for the
 * result (protocol.md C22).
 */
export function page(parts: PageParts): Page {
  const { status = 200, title, body, script, theme, accent, images, refresh } = parts;
  const nonce = randomBytes(16).toString('base64');
  return {
    status,
    html: html`<!doctype html>
      <html lang="${english.language}" !${theme ? `data-theme="${theme}"` : ''}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="robots" content="noindex" />
          !${refresh ? html`<meta http-equiv="refresh" content="${`${refresh.seconds};url=${refresh.path}`}" />` : ''}
          !${images ? html`<link rel="icon" href="${images.icon}" />` : ''}
          <title>${title}</title>
          <style nonce="${nonce}">
            !${stylesOf(accent)}
          </style>
        </head>
        <body>
          <main>!${body}</main>
          !${script === undefined ? '' : `<script nonce="${nonce}">${script}</script>`}
        </body>
      </html>`,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-security-policy': policyOf(parts, nonce),
    },
  };
}

/** Nothing but what this very page is made of. */
function policyOf({ script, sendsToSelf, formTargets = [], images }: PageParts, nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    ...(script === undefined ? [] : [`script-src 'nonce-${nonce}'`]),
    ...(sendsToSelf ? ["connect-src 'self'"] : []),
    ...(images ? [`img-src ${["'self'", ...images.origins].join(' ')}`] : []),
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** A value as a JavaScript literal that can't end the script element it stands in. */
export function scriptData(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', String.raw`\u003c`)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`);
}
