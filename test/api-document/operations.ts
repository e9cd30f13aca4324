import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonSchema } from './sample.js';

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: JsonSchema;
}

export interface Operation {
  /** In capitals. */
  method: string;
  path: string;
  /** `GET /v2/webhooks/{id}` */
  name: string;
  parameters: readonly Parameter[];
  /** Names of the schemes, any of which does. */
  security: readonly string[];
  body: { type: string; schema: JsonSchema } | null;
}

interface Written {
  parameters?: Parameter[];
  security: Record<string, string[]>[];
  requestBody?: { content: Record<string, { schema?: JsonSchema }> };
}

/** Every operation of docs/openapi.json. */
export function readOperations(): Operation[] {
  const file = join(import.meta.dirname, '..', '..', 'docs', 'openapi.json');
  const { paths } = JSON.parse(readFileSync(file, 'utf8')) as { paths: Record<string, Record<string, Written>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([verb, { parameters = [], security, requestBody }]) => {
      const [type, media] = Object.entries(requestBody?.content ?? {})[0] ?? [];
      const method = verb.toUpperCase();
      return {
        method,
        path,
        name: `${method} ${path}`,
        parameters,
        security: security.flatMap((scheme) => Object.keys(scheme)),
        body: type === undefined ? null : { type, schema: media?.schema ?? {} },
      };
    }),
  );
}

/** @param values of the path's parameters; one that is missing becomes `x` */
export function pathWith(path: string, values: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? 'x'));
}
