/** A document that is meant to do harm, and what becomes of it: refused with this sentence, or an app that works. */
export interface HostileDocument {
  readonly name: string;
  readonly text: () => string;
  readonly becomes: RegExp | 'an app' | 'an app or a refusal';
  readonly type?: string;
}

const YAML = 'application/yaml';
const YAML_HEAD = 'openapi: 3.0.3\ninfo: { title: Hostile, version: "1" }\nservers: [{ url: https://api.test }]\n';
const responses = { 200: { description: 'ok' } };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const times = (count: number, prefix: string, value: (index: number) => unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, value(index)]));

const jsonOf = (changes: object) =>
  JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'Hostile', version: '1' },
    servers: [{ url: 'https://api.test' }],
    paths: {},
    ...changes,
  });
const operationWith = (schema: unknown) => ({
  post: { operationId: 'op', requestBody: { content: { 'application/json': { schema } } }, responses },
});
const withSchemas = (schemas: object, body: unknown) =>
  jsonOf({ paths: { '/a': operationWith(body) }, components: { schemas } });
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const fan = (name: string) => ({ allOf: Array.from({ length: 10 }, () => ref(name)) });
const yamlBomb = () =>
  'abcdefghi'
    .split('')
    .map(
      (name, index, all) =>
        `x-${name}: &${name} [${Array(10)
          .fill(index === 0 ? 'lol' : `*${all[index - 1]}`)
          .join()}]`,
    )
    .join('\n');

export const hostileDocuments: readonly HostileDocument[] = [
  {
    name: 'a thousand references, each to the next',
    text: () =>
      withSchemas(
        times(1000, 'S', (index) => ref(`S${(index + 1) % 1000}`)),
        ref('S0'),
      ),
    becomes: /only leads to other references/,
  },
  {
    name: 'a thousand objects, each inside the one before',
    text: () =>
      withSchemas(
        times(1000, 'S', (index) => ({ properties: { next: ref(`S${(index + 1) % 1000}`) } })),
        ref('S0'),
      ),
    becomes: 'an app',
  },
  {
    name: 'a schema that is made of itself',
    text: () =>
      withSchemas(
        { A: { allOf: [ref('A'), ref('B')] }, B: { properties: { a: ref('A') }, items: ref('B') } },
        ref('A'),
      ),
    becomes: 'an app',
  },
  {
    name: 'references that make 10^30 schemas',
    text: () =>
      withSchemas(
        times(30, 'S', (index) => (index === 0 ? { type: 'string' } : fan(`S${index - 1}`))),
        ref('S29'),
      ),
    becomes: /more than 100 parts/,
  },
  {
    name: 'a thousand inputs of a thousand values in each of 4,000 operations',
    text: () =>
      jsonOf({
        paths: times(4000, '/p', () => ({
          post: { requestBody: { $ref: '#/components/requestBodies/Body' }, responses },
        })),
        components: {
          requestBodies: { Body: { content: { 'application/json': { schema: ref('Body') } } } },
          schemas: {
            Body: { properties: times(1000, 'i', () => ref('Many')) },
            Many: { enum: Array.from({ length: 1000 }, (_, index) => `value ${index}`) },
          },
        },
      }),
    becomes: /too large in full/,
  },
  {
    name: 'responses that unfold without end in each of 4,000 operations',
    text: () =>
      jsonOf({
        paths: times(4000, '/p', () => ({ get: { responses: { 200: { $ref: '#/components/responses/Tree' } } } })),
        components: {
          responses: { Tree: { description: 'x', content: { 'application/json': { schema: ref('Tree') } } } },
          schemas: { Tree: { properties: times(100, 'a-long-name-of-a-branch-', () => ref('Tree')) } },
        },
      }),
    becomes: 'an app or a refusal',
  },
  {
    name: '16 MiB of text',
    text: () => jsonOf({ 'x-a': 'a'.repeat(16 * 1024 * 1024) }),
    becomes: /larger than 16777216 bytes/,
  },
  { name: 'JSON 100,000 levels deep', text: () => deep(100_000), becomes: /no "openapi"|levels deep|nested/ },
  {
    name: 'a schema 100,000 levels deep',
    text: () => withSchemas({ A: 0 }, {}).replace('"A":0', `"A":${deep(100_000)}`),
    becomes: /levels deep/,
  },
  { name: 'YAML 100,000 brackets deep', type: YAML, text: () => '['.repeat(100_000), becomes: /levels deep/ },
  { name: 'YAML 100,000 dashes deep', type: YAML, text: () => '- '.repeat(100_000), becomes: /deep|too large/ },
  {
    name: 'YAML aliases that make 10^9 texts',
    type: YAML,
    text: () => `${YAML_HEAD}paths: {}\n${yamlBomb()}`,
    becomes: /alias/,
  },
  {
    name: 'YAML with a thousand aliases of one list',
    type: YAML,
    text: () => `${YAML_HEAD}paths: {}\nx-a: &a [${'1,'.repeat(1000)}1]\nx-b: [${Array(1000).fill('*a').join()}]`,
    becomes: /aliases/,
  },
  {
    name: 'YAML keys that are lists',
    type: YAML,
    text: () => `${YAML_HEAD}paths: {}\n? [a, {b: c}]\n: d\n`,
    becomes: 'an app or a refusal',
  },
  {
    name: 'YAML keys that are numbers and dates',
    type: YAML,
    text: () => `${YAML_HEAD}paths: {}\n1: a\n2026-01-02: b\nnull: c\n`,
    becomes: 'an app or a refusal',
  },
  {
    name: 'a key twice in YAML',
    type: YAML,
    text: () => `${YAML_HEAD}paths: {}\npaths: {}\n`,
    becomes: /"paths" twice/,
  },
  {
    name: 'a key twice in JSON',
    text: () => jsonOf({}).replace('{', '{"paths":{"/gone":{}},'),
    becomes: /"paths" twice/,
  },
  {
    name: 'a __proto__ member',
    text: () => jsonOf({}).replace('"paths"', '"__proto__":{"a":1},"paths"'),
    becomes: /"__proto__"/,
  },
  {
    name: 'members named like those that every object has',
    text: () =>
      withSchemas(
        { constructor: { properties: { constructor: { type: 'string' }, hasOwnProperty: { type: 'string' } } } },
        ref('constructor'),
      ).replace('"operationId":"op"', '"operationId":"toString"'),
    becomes: 'an app',
  },
  {
    name: 'patterns that take for ever to match',
    text: () =>
      withSchemas(
        {
          A: {
            properties: {
              a: { type: 'string', pattern: '^(([a-z])+.)+[A-Z]([a-z])+$', default: `${'a'.repeat(50)}!` },
            },
          },
        },
        ref('A'),
      ),
    becomes: 'an app',
  },
  {
    name: 'a server whose path is a million slashes',
    text: () => jsonOf({ servers: [{ url: `https://api.test${'/'.repeat(1_000_000)}a` }] }),
    becomes: /more than 2000 characters/,
  },
  {
    name: 'a choice of 100,000 values',
    text: () =>
      withSchemas({}, { properties: { a: { enum: Array.from({ length: 100_000 }, (_, index) => `v${index}`) } } }),
    becomes: /more than (?:20000|1000) values/,
  },
  {
    name: '100,000 operations',
    text: () => jsonOf({ paths: times(100_000, '/p', () => ({ get: { responses } })) }),
    becomes: /more than 5000 operations/,
  },
  {
    name: '50,000 mistakes',
    text: () =>
      withSchemas(
        times(50_000, 'S', () => ({ type: 7, required: 'x' })),
        {},
      ).replace('3.1.0', '3.0.3'),
    becomes: /does not follow OpenAPI/,
  },
  {
    name: 'a reference to another server',
    text: () => withSchemas({ A: { $ref: 'http://169.254.169.254/latest' } }, ref('A')),
    becomes: /outside it/,
  },
  {
    name: 'a reference to a file',
    text: () => withSchemas({ A: { $ref: 'file:///etc/passwd' } }, ref('A')),
    becomes: /outside it/,
  },
  { name: 'half a character', text: () => jsonOf({ 'x-a': '\ud800' }), becomes: /not valid Unicode/ },
  { name: 'nothing', text: () => '', becomes: /.+/ },
];
