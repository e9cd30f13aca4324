import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { forms } from './forms.js';
import { looks } from './name-zone.js';
import { SsrfScene } from './ssrf-scene.js';
import { surfaces, type Surface } from './surfaces.js';

vi.mock('node:dns/promises', async () => ({ lookup: (await import('./name-zone.js')).lookup }));

/** Under way together: a callback that fails is tried for five seconds. */
const WIDTH = 120;

let scene: SsrfScene;

beforeAll(async () => {
  scene = await SsrfScene.start();
});
afterEach(() => {
  scene.trap.caught.length = 0;
});
afterAll(() => scene?.close());

const at = (url: string) => url.replaceAll('%P', String(scene.trap.port));

/** @returns what the surface says of each */
async function useAll(surface: Surface, urls: readonly string[]): Promise<[url: string, said: string][]> {
  const left = [...urls];
  const said: [string, string][] = [];
  const lane = async () => {
    for (let url = left.shift(); url !== undefined; url = left.shift()) {
      said.push([url, await surface.use(scene, url)]);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, lane));
  return said;
}

describe.each(surfaces)('$what', (surface) => {
  it(`reaches nothing by any of ${forms.length} forms, and says why`, async () => {
    const said = await useAll(
      surface,
      forms.map(({ url }) => at(url)),
    );
    expect(scene.trap.caught).toEqual([]);
    const unclear = said.filter(([url, text]) => !/rebinding/.test(url) && !surface.says.test(text));
    expect(unclear).toEqual([]);
  }, 120_000);

  it('follows nobody there', async () => {
    const asked = scene.trap.asked.length;
    const urls = [
      'https://127.0.0.1:%P/',
      'http://127.0.0.1:%P/',
      'https://loopback.example:%P/',
      'http://localhost:%P/',
    ];
    await useAll(
      surface,
      urls.map((url) => scene.trap.moved(at(url))),
    );
    expect(scene.trap.asked.length).toBeGreaterThan(asked);
    expect(scene.trap.caught).toEqual([]);
  }, 60_000);
});

it('a name is looked up once for each request, whatever it leads to at the next look', async () => {
  const [jwks] = surfaces as [Surface];
  await jwks.use(scene, at('http://asked-for-here-alone.example:%P/'));
  expect(looks.get('asked-for-here-alone.example')).toBe(1);
});

const saidBy = (surface: Surface, urls: string[]) => Promise.all(urls.map((url) => surface.use(scene, at(url))));

describe('whoever asks hears the same', () => {
  const [jwks, webhook] = surfaces as [Surface, Surface];
  it.each([jwks, webhook])(
    'of a name that leads inside, of one that leads nowhere, and of a server that is away: $what',
    async (surface) => {
      const inside = ['private', 'loopback', 'metadata', 'mixed'].map((name) => `https://${name}.example:%P/`);
      const said = await saidBy(surface, [...inside, 'https://nowhere.example:%P/', 'http://partner.example:1/']);
      expect(said[0]).toMatch(/^The server could not be reached\./);
      expect(new Set(said).size).toBe(1);
    },
  );

  it.each([jwks, webhook])('of an address inside, whatever listens there: $what', async (surface) => {
    const said = await saidBy(surface, [
      'https://127.0.0.1:%P/',
      'https://127.0.0.1:1024/',
      'https://10.255.255.1:%P/',
    ]);
    expect(said[0]).toMatch(/^The address is not allowed\./);
    expect(new Set(said).size).toBe(1);
  });

  it('of a server that takes connections and is silent', async () => {
    const said = await saidBy(jwks, [
      `https://partner.example:${await scene.trap.silentPort()}/`,
      'https://nowhere.example/',
    ]);
    expect(new Set(said).size).toBe(1);
  });
});
