import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '#libs/testing';
import { Scenario } from '../main-job/scenario.js';

const MOST_BYTES = 4096;
/** What `npm pack` would take. */
const PACKAGE = resolve('dist/libs/connect-js');

const RIGHT = `
import { createEmbed, EmbedError, type ConnectResult, type Run } from '@gatehouse/connect-js';
const embed = createEmbed({ baseUrl: 'https://gate.example', getToken: async () => 'token' });
export async function connect(): Promise<string> {
  const result: ConnectResult = await embed.connect({ app: 'crm', sessionCode: async () => ({ code: 'c', attempt: 'a' }) });
  if (result.status === 'connected') return result.connectionId;
  if (result.status === 'blocked') await result.redirect?.();
  return result.status === 'failed' ? result.code : result.status;
}
export async function run(signal: AbortSignal): Promise<Run | string> {
  try {
    const [app] = await embed.apps({ query: 'crm' });
    const [connection] = await embed.connections({ app: app?.id ?? '' });
    return await embed.run({ action: 'a', authentication: connection?.id ?? null, inputs: { x: 1 } }, { signal });
  } catch (error) {
    return error instanceof EmbedError ? error.code : 'unknown';
  }
}
`;

const WRONG = `
import { createEmbed } from '@gatehouse/connect-js';
const embed = createEmbed({ baseUrl: 'https://gate.example', getToken: () => 1 });
export const id: Promise<string> = embed.connect({ app: 'crm', sessionCode: 'c' }).then((result) => result.connectionId);
void embed.run({ inputs: {} });
`;

interface Vite {
  build(config: object): Promise<{ output: { code: string }[] }[]>;
}

/** The bundler that Vitest brings along. */
async function bundled(folder: string, code: string): Promise<string> {
  writeFileSync(join(folder, 'main.ts'), code);
  const vitest = createRequire(import.meta.resolve('vitest'));
  const vite = (await import(pathToFileURL(vitest.resolve('vite')).href)) as Vite;
  const lib = { entry: join(folder, 'main.ts'), formats: ['es'] };
  const options = { write: false, minify: true, lib };
  const [built] = await vite.build({ root: folder, configFile: false, logLevel: 'silent', build: options });
  return built?.output[0]?.code ?? '';
}

function complaints(folder: string, code: string, moduleResolution: ts.ModuleResolutionKind): string[] {
  const file = join(folder, 'consumer.ts');
  writeFileSync(file, code);
  const module = moduleResolution === ts.ModuleResolutionKind.NodeNext ? ts.ModuleKind.NodeNext : ts.ModuleKind.ESNext;
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    types: [],
    module,
    moduleResolution,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('the package', () => {
  const folder = temporaryFolder('consumer');

  beforeAll(() => {
    mkdirSync(join(folder.path, 'node_modules/@gatehouse'), { recursive: true });
    symlinkSync(PACKAGE, join(folder.path, 'node_modules/@gatehouse/connect-js'));
    writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}');
  });
  afterAll(() => folder.remove());

  test('depends on nothing, and every file that it names is there', () => {
    const { exports, ...description } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
    expect(description).toMatchObject({ type: 'module', sideEffects: false });
    expect(description).not.toHaveProperty('dependencies');
    for (const file of Object.values<string>(exports['.']))
      expect(readFileSync(join(PACKAGE, file), 'utf8')).not.toBe('');
  });

  test.each([
    ['bundler', ts.ModuleResolutionKind.Bundler],
    ['nodenext', ts.ModuleResolutionKind.NodeNext],
  ])('is typed for a consumer, and refuses what is wrong: %s', (_name, resolution) => {
    expect(complaints(folder.path, RIGHT, resolution)).toEqual([]);
    expect(complaints(folder.path, WRONG, resolution)).toEqual([
      expect.stringContaining("'number' is not assignable to type 'string"),
      expect.stringContaining("Property 'connectionId' does not exist"),
      expect.stringContaining("Property 'action' is missing"),
    ]);
  });

  test('a bundler takes it whole in under 4 KB, gzipped, and leaves out what is not used', async () => {
    const whole = await bundled(folder.path, `export { createEmbed, EmbedError } from '@gatehouse/connect-js';`);
    expect(whole).toContain('connect-attempts');
    expect(gzipSync(whole).length).toBeLessThan(MOST_BYTES);
    const part = await bundled(folder.path, `export { EmbedError } from '@gatehouse/connect-js';`);
    expect(part).not.toContain('connect-attempts');
    expect(await bundled(folder.path, `import '@gatehouse/connect-js'; export const x = 1;`)).not.toContain(
      'EmbedError',
    );
  });
});

describe('/connect.js', () => {
  let scenario: Scenario;
  let url: string;

  beforeAll(async () => {
    scenario = await Scenario.start();
    url = `${scenario.gatehouse.url}/connect.js`;
  });
  afterAll(() => scenario?.close());

  test('is one module without imports, for pages of any origin, in under 4 KB gzipped', async () => {
    const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
    const code = await response.text();
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(code).not.toMatch(/^\s*import\b|\bimport\(/m);
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(MOST_BYTES);
    using saved = temporaryFolder('sdk');
    const file = join(saved.path, 'connect.mjs');
    writeFileSync(file, code);
    expect(Object.keys(await import(file)).sort()).toEqual(['EmbedError', 'createEmbed']);
  });

  test('is sent gzipped to those who take it, and not again to those who have it', async () => {
    const zipped = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(Number(zipped.headers.get('content-length'))).toBeLessThan(MOST_BYTES);
    expect(zipped.headers.get('vary')).toMatch(/accept-encoding/i);
    const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await zipped.text()).toBe(await plain.text());
    const again = await fetch(url, { headers: { 'if-none-match': plain.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
  });
});
