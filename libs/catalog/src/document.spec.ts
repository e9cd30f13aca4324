import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defineApp } from './app-definition.js';
import { DocumentError } from './document-error.js';
import { parseDocument } from './document.js';

const HEAD = 'openapi: 3.0.3\ninfo: { title: T, version: "1" }\nservers: [{ url: https://api.test }]\n';
const EMPTY = `${HEAD}paths: {}\n`;
const json = (changes: object) =>
  JSON.stringify({
    openapi: '3.0.3',
    info: { title: 'T', version: '1' },
    servers: [{ url: 'https://api.test' }],
    paths: {},
    ...changes,
  });
const withSchema = (schema: unknown) => json({ components: { schemas: { A: schema } } });
const operation = { responses: { 200: { description: 'ok' } } };
const pathsOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`/p${i}`, { get: operation }]));
const bomb = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  .map(
    (name, i, all) =>
      `x-${name}: &${name} [${Array(10)
        .fill(i === 0 ? 'lol' : `*${all[i - 1]}`)
        .join()}]`,
  )
  .join('\n');

async function refusal(text: string): Promise<DocumentError> {
  const error: unknown = await parseDocument(text).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DocumentError);
  return error instanceof DocumentError ? error : new DocumentError('');
}

describe('a document', () => {
  it.each(['3.0.0', '3.0.3', '3.0.4', '3.1.0', '3.1.1'])('is read as OpenAPI %s', async (openapi) => {
    expect((await parseDocument(json({ openapi }))).openapi).toBe(openapi);
  });

  it('means the same as JSON and as YAML', async () => {
    expect(await parseDocument(EMPTY)).toEqual(await parseDocument(json({})));
  });

  it('is not changed by its validation', async () => {
    const given = {
      paths: { '/a': { $ref: '#/components/pathItems/a' } },
      components: { pathItems: { a: { get: operation } } },
    };
    expect(await parseDocument(json({ openapi: '3.1.0', ...given }))).toMatchObject(given);
  });

  it('may refer to itself in circles and still becomes an app', async () => {
    const node = {
      type: 'object',
      properties: { name: { type: 'string' }, parent: { $ref: '#/components/schemas/Node' } },
    };
    const body = { content: { 'application/json': { schema: { $ref: '#/components/schemas/Node' } } } };
    const document = await parseDocument(
      json({
        paths: { '/nodes': { post: { ...operation, operationId: 'createNode', requestBody: body } } },
        components: { schemas: { Node: node, Loop: { allOf: [{ $ref: '#/components/schemas/Loop' }] } } },
      }),
    );
    const { inputs } = defineApp(document).operations['createNode'] ?? { inputs: [] };
    expect(inputs.map(({ id, schema }) => [id, schema.valueType])).toEqual([
      ['name', 'STRING'],
      ['parent', 'OBJECT'],
    ]);
  });

  it('does not grow when its references fan out', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `S${i}`);
    const schemas = Object.fromEntries(names.map((name, i) => [name, i === 0 ? { type: 'string' } : fan(`S${i - 1}`)]));
    const body = {
      content: { 'application/json': { schema: { properties: { a: { $ref: '#/components/schemas/S9' } } } } },
    };
    const paths = { '/a': { post: { ...operation, operationId: 'op', requestBody: body } } };
    const app = defineApp(await parseDocument(json({ paths, components: { schemas } })));
    expect(app.operations['op']?.inputs.map(({ schema }) => schema.valueType)).toEqual(['STRING']);
    expect(JSON.stringify(app).length).toBeLessThan(8_000);
  });
});

function fan(name: string) {
  return { allOf: Array.from({ length: 10 }, () => ({ $ref: `#/components/schemas/${name}` })) };
}

describe('a document that cannot be used is refused with a sentence', () => {
  it.each<[string, string, RegExp]>([
    ['is empty', '', /is not an object/],
    ['is a list', '[]', /is not an object/],
    ['is broken JSON', '{"openapi": "3.0.3",', /neither JSON nor YAML: line 1/],
    ['is broken YAML', `${EMPTY}a: [1\nb: "`, /neither JSON nor YAML: line \d/],
    ['is two YAML documents', `${EMPTY}---\n${EMPTY}`, /multiple documents/],
    ['has a YAML key twice', `${EMPTY}paths: {}\n`, /"paths" twice/],
    [
      'has a JSON key twice',
      '{"openapi": "3.0.3", "info": {"title": "a", "version": "1", "title": "b"}}',
      /"title" twice/,
    ],
    [
      'has a JSON key twice, once escaped',
      String.raw`{"a": [{"paths": 1, "x": "\\", "p\u0061ths" : 2}]}`,
      /"paths" twice/,
    ],
    ['uses a YAML merge key', `${EMPTY}x-a: { <<: { b: 1 } }\n`, /merge key/],
    ['turns YAML 1.1 on to get a merge key', `%YAML 1.1\n---\n${EMPTY}x-a: { <<: { b: 1 } }\n`, /merge key/],
    ['is Swagger 2.0', json({ openapi: undefined, swagger: '2.0' }), /Swagger 2\.0/],
    ['is OpenAPI 4', json({ openapi: '4.0.0' }), /"openapi" must be/],
    ['has a number as its version', json({ openapi: 3 }), /"openapi" must be/],
    ['is something else', '{"asyncapi": "2.6.0"}', /no "openapi"/],
    ['has no paths', json({ paths: undefined }), /no "paths"/],
    ['has a member of the wrong type', json({ servers: {} }), /does not follow OpenAPI: \/servers must be array/],
    ['has a wrong component', json({ components: { schemas: [] } }), /does not follow OpenAPI: \/components\/schemas/],
    ['has an operation without responses', json({ paths: { '/a': { get: {} } } }), /\/paths\/~1a\/get must have/],
    ['refers to a file', withSchema({ $ref: 'file:///etc/passwd' }), /"file:\/\/\/etc\/passwd", which is outside/],
    ['refers to a relative file', withSchema({ $ref: './secret.yaml#/a' }), /"\.\/secret\.yaml#\/a", which is outside/],
    [
      'refers to a server',
      withSchema({ $ref: 'http://169.254.169.254/' }),
      /"http:\/\/169\.254\.169\.254\/", which is/,
    ],
    ['refers to nothing', withSchema({ $ref: '#/components/schemas/B' }), /which it does not contain/],
    ['refers to an inherited member', withSchema({ $ref: '#/constructor' }), /which it does not contain/],
    ['refers by a broken escape', withSchema({ $ref: '#/%E0%A4%A' }), /which it does not contain/],
    ['has a __proto__ member', '{"openapi":"3.0.3","__proto__":{"a":1},"info":{},"paths":{}}', /"__proto__"/],
    ['has a __proto__ member in YAML', `${EMPTY}x-a: { __proto__: { b: 1 } }\n`, /"__proto__"/],
    ['holds U+0000', json({ 'x-a': '\u0000' }), /not valid Unicode/],
    ['holds half a character', json({ 'x-a': '\ud800' }), /not valid Unicode/],
    ['is an alias bomb', `${EMPTY}${bomb}`, /alias/],
    ['has an alias inside its own anchor', `${EMPTY}x-a: &a [*a]\n`, /levels deep/],
    ['is JSON 10,000 levels deep', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, /no "openapi"|levels deep/],
    [
      'is OpenAPI 10,000 levels deep',
      withSchema(0).replace('"A":0', `"A":${'['.repeat(1e4)}${']'.repeat(1e4)}`),
      /levels deep/,
    ],
    ['is YAML 10,000 brackets deep', '['.repeat(10_000), /levels deep/],
    ['is YAML 10,000 dashes deep', '- '.repeat(10_000), /deep/],
    ['is too large', `"${'a'.repeat(16 * 1024 * 1024)}"`, /larger than 16777216 bytes/],
    ['is too large for the YAML reader', '- '.repeat(2_000_000), /too large/],
    ['has too many operations', json({ paths: pathsOf(5_001) }), /more than 5000 operations/],
    [
      'has a path item that only refers to itself',
      json({ paths: { '/a': { $ref: '#/paths/~1a' } } }),
      /only leads to other/,
    ],
  ])('one that %s', async (_, text, sentence) => {
    const started = performance.now();
    const error = await refusal(text);
    expect(error.message).toMatch(sentence);
    expect(error.message.length).toBeLessThan(400);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('names the place', async () => {
    expect((await refusal(withSchema({ properties: { b: { $ref: 'x.yaml' } } }))).pointer).toBe(
      '/components/schemas/A/properties/b/$ref',
    );
  });

  it('quickly, however many mistakes it has', async () => {
    const started = performance.now();
    const schemas = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`S${i}`, { type: 7, required: 'x' }]));
    expect((await refusal(json({ components: { schemas } }))).message).toMatch(/does not follow OpenAPI/);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

it('a limit can be set by the caller', async () => {
  await expect(parseDocument(json({ paths: pathsOf(3) }), { maxOperations: 2 })).rejects.toThrow(
    /more than 2 operations/,
  );
});

it('this module has no way to read a file or a URL of its own', () => {
  const sources = ['document', 'document-text', 'document-bounds', 'validate', 'reference'];
  for (const name of sources) {
    expect(readFileSync(new URL(`./${name}.ts`, import.meta.url), 'utf8')).not.toMatch(
      /node:fs|node:http|fetch\(|undici/,
    );
  }
});
