import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../main-job/answer.js';
import { errorOf, LimitedScene } from './limits-scene.js';

/** What a scanner tries: quotes, comments, unions, waits, templates, commands, paths. */
const PAYLOADS = [
  `'`,
  `"`,
  `' OR '1'='1`,
  `') OR 1=1--`,
  `'; SELECT pg_sleep(9); --`,
  `' || (SELECT pg_sleep(9)) || '`,
  `1 UNION ALL SELECT NULL, NULL, version()--`,
  `' AND CAST(version() AS integer) = 1 --`,
  `\\'; DROP TABLE tenants; --`,
  `$1`,
  `$$x$$`,
  `%' ESCAPE '!' --`,
  `{{7*7}}`,
  '${7*7}',
  `;id|id\`id\``,
  `../../../../etc/passwd`,
];
const HARMLESS = 'nobody-and-nothing';
/** A wait that was carried out takes longer, and nothing else does. */
const LATE_MILLISECONDS = 5000;

type Place = (scene: LimitedScene, value: string) => Promise<Answer>;
const e = encodeURIComponent;
const userGet =
  (path: (value: string) => string): Place =>
  ({ user }, value) =>
    user.get(path(e(value)));
const adminGet =
  (path: (value: string) => string): Place =>
  (scene, value) =>
    scene.admin('GET', path(e(value)));

const TENANT = '/admin/tenants/acme-notes';
const places: Record<string, Place> = {
  'the search of apps': userGet((value) => `/v2/apps?query=${value}`),
  'the category of apps': userGet((value) => `/v2/apps?category=${value}`),
  'the ids of apps': userGet((value) => `/v2/apps?ids=${value}`),
  'the search of apps at /v1': userGet((value) => `/v1/apps?title_search=${value}`),
  'the first letters of apps at /v1': userGet((value) => `/v1/apps?title_starts_with=${value}`),
  'the app of actions': userGet((value) => `/v2/actions?app=${value}`),
  'the app of connections': userGet((value) => `/v2/authentications?app=${value}`),
  'a connection': userGet((value) => `/v2/authentications/${value}`),
  'a run': userGet((value) => `/v2/action-runs/${value}`),
  'the app of runs': userGet((value) => `/v2/action-runs?app=${value}`),
  'an attempt': userGet((value) => `/v2/connect-attempts/${value}`),
  'an action': ({ user }, value) => user.post(`/v2/actions/${e(value)}/inputs`, { data: {} }),
  'the action of a run': ({ user }, value) => user.post('/v2/action-runs', { data: { action: value } }),
  'a tenant': adminGet((value) => `/admin/tenants/${value}`),
  'a client': adminGet((value) => `${TENANT}/clients/${value}`),
  'an upstream': adminGet((value) => `${TENANT}/upstreams/${value}`),
  'the subject of the audit': adminGet((value) => `${TENANT}/audit?subject=${value}`),
  'the actor of the audit': adminGet((value) => `${TENANT}/audit?actor=${value}`),
  'the org of connections': adminGet((value) => `${TENANT}/connections?org=${value}`),
  'a cursor': adminGet((value) => `${TENANT}/audit?cursor=${value}`),
  'a client at the token endpoint': (scene, value) =>
    scene.token({ client_id: value, grant_type: 'client_credentials' }),
  'a secret': (scene, value) => scene.token({ client_secret: value, grant_type: 'client_credentials' }),
  'a scope': (scene, value) => scene.token({ scope: value.replaceAll(' ', ''), grant_type: 'client_credentials' }),
  'a bearer token': ({ gatehouse }, value) => gatehouse.get('/v2/apps', value),
  'a session code': ({ gatehouse }, value) => gatehouse.get(`/to/acme-crm?token=${e(value)}`),
  'an image': ({ gatehouse }, value) => gatehouse.get(`/app-images/${e(value)}.svg`),
};

/** Of a success all that it says: rows that a payload brought along have the same status. */
function saidOf(answer: Answer): string {
  const error = errorOf(answer);
  return error === String(answer.status) ? `${error} ${answer.text}` : error;
}

/** How a value may stand in an answer that repeats it: as text, and in a link. */
function echoes(value: string): string[] {
  return [JSON.stringify(value).slice(1, -1), e(value), new URLSearchParams({ '': value }).toString().slice(1)];
}

let scene: LimitedScene;

beforeAll(async () => {
  scene = await LimitedScene.start();
});
afterAll(() => scene?.close());

describe('in the place of', () => {
  it.each(Object.entries(places))('%s, what a scanner tries is a value like any other', async (_what, send) => {
    const harmless = saidOf(await send(scene, HARMLESS));
    const others: Record<string, string> = {};
    for (const payload of PAYLOADS) {
      const began = performance.now();
      const said = saidOf(await send(scene, payload));
      if (performance.now() - began > LATE_MILLISECONDS) others[payload] = 'waited';
      else if (!echoes(payload).some((echo) => harmless.replaceAll(HARMLESS, () => echo) === said))
        others[payload] = said;
    }
    expect(others).toEqual({});
  });
});

it('and nothing is gone afterwards', async () => {
  expect((await scene.admin('GET', TENANT)).status).toBe(200);
  expect((await scene.user.get('/v2/apps')).status).toBe(200);
});
