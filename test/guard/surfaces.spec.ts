import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { registrations, visited } from './registrations.js';
import { surfaces } from './surfaces.js';

const ROOT = join(import.meta.dirname, '..', '..');

/** Askers that are in no table: whose URLs they are. */
const OWN = {
  'apps/doctor/src/surroundings.ts': 'the addresses of this service',
  'apps/doctor/src/tenants.ts': "the operator's own look at what the service would call, through the same guard",
  'libs/runs/src/upstream-callback-address.ts': 'PUBLIC_URL',
};
/** Where it is looked at beforehand only. */
const BEFOREHAND = [
  'apps/api/src/admin/tenant-app-settings.ts',
  'apps/api/src/admin/upstream-settings.ts',
  'apps/api/src/embed/action-run-requests.ts',
  'apps/api/src/embed/webhooks.controller.ts',
];

const sources = ['apps', 'libs'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file}`)
    .filter((file) => file.endsWith('.ts') && !/spec\.ts$|^libs\/(?:testing|egress)\/|^apps\/demo\//.test(file)),
);
const textOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');

it('every file that calls out, or looks whether it might, is in the table of surfaces', () => {
  const asking = sources.filter((file) => /\b(?:egress|own)\.(?:request|check)\(/.test(textOf(file)));
  const listed = [...surfaces.flatMap(({ asks }) => asks), ...Object.keys(OWN), ...BEFOREHAND];
  expect(asking.toSorted()).toEqual([...new Set(listed)].toSorted());
});

it('every member of a body that is a URL is registered in the table, or is one that browsers go to', () => {
  const rule =
    /@Is(?:Url|PageUrl|CallbackUrl|RedirectUri|Origin)\([^\n]*\)\n(?:\s*@[^\n]*\n)*\s*(?:readonly )?(\w+)[?!:]/g;
  const members = sources
    .filter((file) => file.endsWith('.dto.ts'))
    .flatMap((file) => [...textOf(file).matchAll(rule)].map(([, member]) => `${file} ${member}`));
  const listed = [...registrations.map(({ takes }) => takes), ...visited].map(([file, member]) => `${file} ${member}`);
  expect([...new Set(members)].toSorted()).toEqual([...new Set(listed)].toSorted());
});
