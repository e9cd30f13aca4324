import { createHash } from 'node:crypto';
import { html } from 'ghtml';
import type { ApiDocument } from './document.js';

interface Operation {
  tags: string[];
  summary: string;
  security: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; schema: object }[];
  requestBody?: { content: object };
  responses: Record<string, Response | { $ref: string }>;
}

interface Response {
  description: string;
  content?: object;
}

interface Entry {
  method: string;
  path: string;
  operation: Operation;
}

const STYLE = `:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
summary { cursor: pointer; padding: .25rem 0; } details details { margin-left: 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .92em; } code { overflow-wrap: anywhere; }
pre { overflow: auto; padding: .75rem; border: 1px solid #8886; border-radius: .4rem; }
dt { font-weight: 600; } dd { margin: 0 0 .5rem 1rem; }`;

/** Letter by letter what the hash is of. */
const STYLE_ELEMENT = `<style>${STYLE}</style>`;

/** No script, and nothing of anybody else's: all that it needs is in it. */
export const DOCS_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The API document for people: each operation by itself, folded. */
export function docsPage(document: ApiDocument): string {
  const entries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation: operation as Operation })),
  );
  const sections = document.tags.map(({ name, description }) => {
    const own = entries.filter(({ operation }) => operation.tags.includes(name));
    return html`<section>
      <h2>${description}</h2>
      !${own.map((entry) => entryOf(entry, document.components.responses as Record<string, Response>))}
    </section>`;
  });
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      html`<details id="${name}">
        <summary><code>${name}</code></summary>
        !${json(schema)}
      </details>`,
  );
  const schemes = document.components.securitySchemes as Record<string, { description: string }>;
  const credentials = Object.entries(schemes).map(
    ([name, { description }]) =>
      html`<dt>${name}</dt>
        <dd>${description}</dd>`,
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Gatehouse: the API</title>
        !${STYLE_ELEMENT}
      </head>
      <body>
        <h1>Gatehouse: the API</h1>
        <p>For programs: <a href="/docs/openapi.json">openapi.json</a>, OpenAPI 3.1.</p>
        <p>Each operation names the credentials that it takes, and after them the scopes that they must have:</p>
        <dl>!${credentials}</dl>
        !${sections}
        <section>
          <h2>Schemas</h2>
          !${schemas}
        </section>
      </body>
    </html>`;
}

function entryOf({ method, path, operation }: Entry, errors: Record<string, Response>): string {
  const { summary, security, parameters = [], requestBody, responses } = operation;
  const replies = Object.entries(responses).map(([status, response]) => {
    const { description, content } =
      '$ref' in response ? { description: errors[nameIn(response.$ref)]?.description } : response;
    return html`<dt>${status}</dt>
      <dd>${description ?? ''} !${content ? json(content) : ''}</dd>`;
  });
  const given = parameters.map(
    ({ name, in: place, required, schema }) =>
      html`<dt><code>${name}</code> in ${place}${required ? ', required' : ''}</dt>
        <dd><code>${JSON.stringify(schema)}</code></dd>`,
  );
  return html`<details>
    <summary><code>${method.toUpperCase()} ${path}</code> ${summary}</summary>
    <p>Credentials: ${security.map(credentialsOf).join(', or ') || 'none'}.</p>
    <dl>!${given}</dl>
    !${
      requestBody
        ? html`<details>
            <summary>Body</summary>
            !${json(requestBody.content)}
          </details>`
        : ''
    }
    <dl>!${replies}</dl>
  </details>`;
}

function credentialsOf(needed: Record<string, string[]>): string {
  return (
    Object.entries(needed)
      .map(([scheme, scopes]) => [scheme, ...scopes].join(' '))
      .join(' and ') || 'none'
  );
}

function nameIn(reference: string): string {
  return reference.split('/').at(-1) ?? '';
}

/** A schema that is named in it leads to where that stands. */
function json(value: unknown): string {
  const text = html`<pre>${JSON.stringify(value, null, 2)}</pre>`;
  return text.replaceAll(/#\/components\/schemas\/(\w+)/g, '<a href="#$1">$1</a>');
}
