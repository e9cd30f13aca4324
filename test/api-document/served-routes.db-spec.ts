import { afterAll, beforeAll, expect, it } from 'vitest';
import { RegistryScene } from '../registry/registry-scene.js';
import { readOperations } from './operations.js';

/** The console is no API: what its page asks changes with that page. */
const LEFT_OUT = /^\/console(?:\/|$)/;

let scene: RegistryScene;

beforeAll(async () => {
  scene = await RegistryScene.start();
});
afterAll(() => scene?.close());

it('every route that the server knows is in docs/openapi.json, and nothing else is', () => {
  const routes = scene.routes.filter(({ url }) => !LEFT_OUT.test(url));
  const served = routes.map(({ method, url }) => `${method} ${withoutSlash(url.replaceAll(/:(\w+)/g, '{$1}'))}`);
  const written = readOperations().map(({ name }) => name);
  expect([...new Set(served)].sort()).toEqual(written.sort());
});

it('the page and the document are there without credentials, and the page runs nothing', async () => {
  const page = await scene.gatehouse.get('/docs');
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
  expect(page.text).not.toMatch(/<script|src=|javascript:/);
  expect(page.text).toContain('/v2/action-runs');
  const document = await scene.gatehouse.get('/docs/openapi.json');
  expect(Object.keys((document.json as { paths: object }).paths)).toHaveLength(
    new Set(readOperations().map(({ path }) => path)).size,
  );
});

it("an image of an upstream's app is its letter", async () => {
  const image = await scene.gatehouse.get('/app-images/initials/%C3%9C.svg');
  expect([image.status, image.text.includes('Ü')]).toEqual([200, true]);
});

function withoutSlash(path: string): string {
  return path.replace(/(.)\/$/, '$1');
}
