import 'reflect-metadata';
import { format } from 'prettier';
import { expect, it } from 'vitest';
import SwaggerParser from '@apidevtools/swagger-parser';
import { servedDocument } from './served-document.js';

it('is what docs/openapi.json says', async () => {
  const text = await format(JSON.stringify(servedDocument()), { parser: 'json', printWidth: 120 });
  await expect(text).toMatchFileSnapshot('../../../../docs/openapi.json');
}, 60_000);

it('is a valid document of OpenAPI 3.1', async () => {
  await SwaggerParser.validate(structuredClone(JSON.parse(JSON.stringify(servedDocument()))) as never);
}, 60_000);
