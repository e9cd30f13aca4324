import { randomBytes } from 'node:crypto';
import { html } from 'ghtml';

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
  /** Origins besides our own that a form's answer may redirect to: Chromium checks them too. */
  formTargets?: readonly string[];
}

/**
 * Strict CSP with a nonce a page; never framed; no Referer. No Cross-Origin-Opener-Policy: it would cut off the opener that waits for the
 * result (protocol.md C22).
 */
export function page({ status = 200, title, body, script, formTargets = [] }: PageParts): Page {
  const nonce = randomBytes(16).toString('base64');
  return {
    status,
    html: html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="robots" content="noindex" />
          <title>${title}</title>
          <style nonce="${nonce}">
            !${styles}
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
      'content-security-policy': [
        "default-src 'none'",
        `style-src 'nonce-${nonce}'`,
        ...(script === undefined ? [] : [`script-src 'nonce-${nonce}'`]),
        'img-src https: data:',
        `form-action ${["'self'", ...formTargets].join(' ')}`,
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ].join('; '),
    },
  };
}

/** A value as a JavaScript literal that can't end the script element it stands in. */
export function scriptData(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', String.raw`\u003c`)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`);
}

const styles = `
:root { --ink: #1b1f24; --soft: #5b6470; --line: #dfe3e8; --paper: #fff; --ground: #f4f5f7; --accent: #2f5bea; --on-accent: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eceff3; --soft: #a3acb8; --line: #333a44; --paper: #1d2127; --ground: #14171b; --accent: #7c9bff; --on-accent: #0d1220; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 440px; background: var(--paper); border: 1px solid var(--line); border-radius: 16px; padding: 28px 32px; }
h1 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 8px; text-wrap: balance; overflow-wrap: anywhere; }
p { margin: 0 0 16px; color: var(--soft); overflow-wrap: anywhere; }
ul { list-style: none; margin: 0 0 20px; padding: 0; border-top: 1px solid var(--line); }
li { padding: 7px 0 7px 26px; border-bottom: 1px solid var(--line); position: relative; }
li::before { content: ""; position: absolute; left: 4px; top: 14px; width: 11px; height: 6px; border: solid var(--accent);
  border-width: 0 0 2px 2px; transform: rotate(-45deg); }
.marks { display: flex; align-items: center; gap: 12px; margin: 0 0 16px; }
.mark { width: 48px; height: 48px; border-radius: 12px; display: grid; place-items: center; font-weight: 600; font-size: 1.1rem;
  border: 1px solid var(--line); object-fit: contain; }
.mark.app { background: var(--accent); color: var(--on-accent); border-color: var(--accent); }
.marks span[aria-hidden]:nth-child(2) { color: var(--soft); letter-spacing: 3px; }
.button { display: block; width: 100%; padding: 12px 16px; border-radius: 10px; border: 0; text-align: center; text-decoration: none;
  font: inherit; font-weight: 600; background: var(--accent); color: var(--on-accent); cursor: pointer; }
.quiet { background: none; color: var(--soft); font-weight: 500; margin-top: 8px; }
.button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
small { display: block; color: var(--soft); margin-top: 12px; }
`;
