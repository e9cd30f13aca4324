import { html } from 'ghtml';

/** What all pages of the emulator look like. It names itself, so that nobody takes it for Zapier. */
export function layout(title: string, main: string, head = ''): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        !${head}
        <style>
          body {
            font:
              16px/1.5 system-ui,
              sans-serif;
            margin: 3rem auto;
            max-width: 44rem;
            padding: 0 1rem;
            color: #222;
          }
          header {
            color: #b33c00;
            font-weight: 600;
          }
          button {
            font: inherit;
            padding: 0.5rem 1.25rem;
            margin-right: 0.5rem;
          }
          table {
            border-collapse: collapse;
            width: 100%;
            font-size: 0.875rem;
          }
          td,
          th {
            text-align: left;
            padding: 0.2rem 0.6rem 0.2rem 0;
            border-bottom: 1px solid #ddd;
          }
        </style>
      </head>
      <body>
        <header>Emulated Zapier</header>
        <main>
          <h1>${title}</h1>
          !${main}
        </main>
      </body>
    </html>`;
}

export function messagePage(title: string, text: string): string {
  return layout(title, html`<p>${text}</p>`);
}

/** Posts a message to whoever opened the window, at each of the origins that may hear it: the browser drops all others. */
export function popupPage(title: string, message: object, origins: readonly string[]): string {
  const post = origins.map((origin) => `window.opener?.postMessage(${inScript(message)}, ${inScript(origin)});`);
  const script = `<script>${post.join('')}window.close();</script>`;
  return layout(
    title,
    html`<p>You can close this window.</p>
      !${script}`,
  );
}

/** JSON that does not end the script that it is in. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`);
}
