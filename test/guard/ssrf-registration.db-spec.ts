import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectRefusal } from '../main-job/error-format.js';
import { forms, isChanging, isName } from './forms.js';
import { registrations } from './registrations.js';
import { SsrfScene } from './ssrf-scene.js';

vi.mock('node:dns/promises', async () => ({ lookup: (await import('./name-zone.js')).lookup }));

let scene: SsrfScene;

beforeAll(async () => {
  scene = await SsrfScene.start();
  await scene.answering();
});
afterAll(() => scene?.close());

const at = (url: string) => url.replaceAll('%P', String(scene.trap.port));

describe.each(registrations)('$what', ({ surface, pointer, ...registration }) => {
  it('is refused in each form that says where it leads, at its place, with nothing called', async () => {
    for (const { url } of forms.filter((form) => !isName(form) && !isChanging(form))) {
      const answer = await registration.send(scene, at(url));
      expectRefusal(
        answer,
        surface,
        400,
        surface === 'v2' ? { code: 'invalid', source: { pointer } } : { code: 'invalid' },
      );
      if (surface === 'admin') expect(answer.json, url).toMatchObject({ errors: [{ pointer }] });
    }
    expect(scene.trap.caught).toEqual([]);
  }, 60_000);

  it('says nothing of what a name leads to', async () => {
    const names = ['https://nowhere.example/', ...forms.filter(isName).map(({ url }) => at(url))];
    const statuses = new Set<number>();
    for (const name of names) statuses.add((await registration.send(scene, name)).status);
    expect([...statuses].every((status) => status >= 200 && status < 300)).toBe(true);
    expect(statuses.size).toBe(1);
    expect(scene.trap.caught).toEqual([]);
  }, 60_000);
});
