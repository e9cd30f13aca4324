import { html } from 'ghtml';
import { stylesheet } from './stylesheet.js';

/** `main` is trusted markup. */
export function page(options: { title: string; body: string; main: string; script?: string }): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${options.title} · Acme CRM</title>
        <link rel="icon" href="/icon.svg" />
        <style>
          !${stylesheet}
        </style>
      </head>
      <body class="${options.body}">
        !${options.main} !${options.script ? `<script>${options.script}</script>` : ''}
      </body>
    </html>`;
}

export const logo = `<span class="logo"><svg viewBox="0 0 24 24" aria-hidden="true"><rect width="24" height="24" rx="6.5"/><circle cx="9.6" cy="12" r="4.1"/><circle cx="14.4" cy="12" r="4.1"/></svg>Acme CRM</span>`;

export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6.5" fill="#0f766e"/><g fill="none" stroke="#fff" stroke-width="1.7"><circle cx="9.6" cy="12" r="4.1"/><circle cx="14.4" cy="12" r="4.1"/></g></svg>';
