import { readFile } from 'node:fs/promises';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { format } from 'prettier';
import { expect, it } from 'vitest';

const DOCUMENT = new URL('../../../docs/openapi.json', import.meta.url);
const FORMAT = { parser: 'typescript', printWidth: 120, singleQuote: true } as const;

/** Formatting takes seconds, several of them on a machine that does more. */
const TIMEOUT = { timeout: 60_000 };

it('the types are those of docs/openapi.json', TIMEOUT, async () => {
  const document = JSON.parse(await readFile(DOCUMENT, 'utf8')) as OpenAPI3;
  const types = await format(astToString(await openapiTS(document)), FORMAT);
  await expect(
    `// Made of docs/openapi.json by its test: run it with -u after a change.\n${types}`,
  ).toMatchFileSnapshot('api-types.ts');
});
