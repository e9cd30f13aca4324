import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findViolations, ruleNames } from './import-rules.js';
import { readSource } from './read-source.js';
import { readSourceTree } from './source-tree.js';

/** For each rule, sources that break it: `file: text`. The first file is the one to be reported. */
const planted: Record<string, Record<string, string>[]> = {
  'a lib has a tier': [{ 'libs/drawer/src/index.ts': '' }],
  'a lib imports only what its tier allows': [
    { 'libs/vault/src/a.ts': "import { Oauth } from '#libs/oauth';" },
    { 'libs/vault/src/a.ts': "export { sign } from '#libs/signing-keys';" },
    { 'libs/errors/src/a.ts': "const { x } = await import('#libs/config');" },
    { 'libs/catalog/src/a.ts': "import type { Grant } from '#libs/oauth';" },
    { 'libs/tenants/src/a.ts': "let vault: import('#libs/vault').Vault;" },
    { 'libs/connect-js/src/a.ts': "import '#libs/errors';" },
    { 'libs/connect/src/a.ts': "import '#libs/connect-js';" },
    { 'libs/runs/src/a.ts': "import '#libs/unheard-of';" },
  ],
  'only specs and the demo import testing': [
    { 'libs/runs/src/a.ts': "import { freePort } from '#libs/testing';" },
    { 'apps/api/src/main.ts': "import { freePort } from '#libs/testing';" },
  ],
  'a lib is imported through #libs/<name>': [
    { 'libs/vault/src/a.ts': "import { open } from '#libs/crypto/src/aead.js';" },
    { 'libs/vault/src/a.ts': "import { open } from '../../crypto/src/aead.js';" },
    { 'apps/api/src/a.ts': "import { open } from '../../../libs/crypto/src/index.js';" },
    { 'migrations/a.ts': "import { Tenant } from '../libs/tenants/src/tenant.entity.js';" },
  ],
  'inside a lib paths are relative': [{ 'libs/vault/src/a.ts': "import { b } from '#libs/vault';" }],
  'a lib imports no app, migration or test': [
    { 'libs/vault/src/a.ts': "import '../../../apps/api/src/main.js';" },
    { 'libs/vault/src/a.ts': "import '../../../migrations/data-source.js';" },
  ],
  'an app imports another only to run it': [
    { 'apps/worker/src/a.ts': "import '../../api/src/main.js';" },
    { 'apps/api/src/a.ts': "import '../../demo/src/main.js';" },
  ],
  'no file or folder is a drawer': [
    { 'libs/vault/src/utils.ts': '' },
    { 'libs/vault/src/helpers/text.ts': '' },
    { 'test/shared/a.ts': '' },
    { 'apps/api/src/string-utils.ts': '' },
  ],
  'no export *': [
    { 'libs/vault/src/a.ts': "export * from './b.js';" },
    { 'apps/api/src/a.ts': "export * as b from './b.js';" },
  ],
  'no forwardRef': [{ 'libs/vault/src/a.ts': "import { forwardRef as later } from '@nestjs/common';" }],
  'only egress opens connections': [
    { 'libs/oauth/src/a.ts': "import { request } from 'undici';" },
    { 'libs/oauth/src/a.ts': "import https from 'node:https';" },
    { 'libs/oauth/src/a.ts': "const net = await import('net');" },
    { 'libs/oauth/src/a.ts': "import tls = require('tls');" },
    { 'libs/database/src/pool.ts': "import { connect } from 'node:net';" },
    { 'libs/oauth/src/a.ts': "export const load = () => fetch('https://example.com');" },
    { 'apps/worker/src/a.ts': "export const load = (get = fetch) => get('https://example.com');" },
    { 'migrations/a.ts': "globalThis.fetch('https://example.com');" },
  ],
  'only config reads the environment': [
    { 'libs/oauth/src/a.ts': 'export const home = process.env.HOME;' },
    { 'apps/api/src/a.ts': "export const home = process['env'].HOME;" },
    { 'migrations/a.ts': 'const { env } = process;' },
    { 'apps/worker/src/a.ts': "import { env as e } from 'node:process';" },
  ],
  'only crypto holds a cipher': [
    { 'libs/vault/src/a.ts': "import { createCipheriv } from 'node:crypto';" },
    { 'libs/runs/src/a.ts': "import crypto from 'node:crypto'; crypto.createDecipheriv();" },
  ],
  'only vault seals and opens': [{ 'libs/connections/src/a.ts': "import { open as read } from '#libs/crypto';" }],
  'only database holds connections to it': [
    { 'libs/runs/src/a.store.ts': "import { InjectRepository } from '@nestjs/typeorm';" },
    { 'apps/api/src/a.ts': "import { DataSource } from 'typeorm';" },
  ],
  'only known files read the rows of all tenants': [
    { 'libs/runs/src/a.store.ts': 'export const all = (database) => database.overTenants;' },
  ],
  'only migrations know the entities of several libs': [
    {
      'libs/runs/src/a.store.ts': "import { Tenant } from '#libs/tenants'; import { Run } from './run.entity.js';",
      'libs/runs/src/run.entity.ts': 'export class Run {}',
      'libs/tenants/src/tenant.entity.ts': 'export class Tenant {}',
    },
  ],
  'a lib has an index': [{ 'libs/vault/src/index.ts': '', 'libs/vault/src/a.ts': '' }],
  'no import cycle': [
    {
      'libs/vault/src/a.ts': "import './b.js';",
      'libs/vault/src/b.ts': "export { c } from './c.js';",
      'libs/vault/src/c.ts': "import type { A } from './a.js';",
    },
  ],
};

/** What looks like a violation to a careless checker. */
const permitted: Record<string, string> = {
  'libs/egress/src/a.ts': "import { request } from 'undici';",
  'libs/audit/src/a.ts': "import { Tenant } from '#libs/tenants'; import { a } from './b.js';",
  'libs/oauth/src/a.ts': "import type { Server } from 'node:http'; export const get = (fetch: () => void) => fetch();",
  'libs/upstream/src/a.ts': 'export const get = (api: { fetch(): void }) => api.fetch();',
  'libs/oauth/src/a.spec.ts': "import { createServer } from 'node:http'; import '#libs/testing'; process.env.HOME;",
  'libs/database/src/embedded-lock.ts': "import { createServer } from 'node:net';",
  'libs/config/src/a.ts': 'export const home = process.env.HOME;',
  'libs/vault/src/a.ts': "import { open, seal } from '#libs/crypto';",
  'libs/runs/src/a.entity.ts': "import { Tenant } from '#libs/tenants'; import { App } from '#libs/catalog';",
  'libs/runs/src/a.store.ts': "import { type Tenant } from '#libs/tenants'; import { A } from './a.entity.js';",
  'libs/tenants/src/tenant.entity.ts': 'export class Tenant {}',
  'libs/catalog/src/app.entity.ts': 'export class App {}',
  'libs/database/src/shared-columns.ts': 'export {};',
  'libs/testing/src/a.ts': "import '#libs/webhooks'; await import('../../../migrations/data-source.js');",
  'migrations/data-source.ts': "import { Tenant } from '#libs/tenants'; import { App } from '#libs/catalog';",
  'apps/api/src/main.ts': "import '../../worker/src/worker.module.js';",
  'apps/demo/src/main.ts': "import '#libs/testing'; import '../../api/src/main.js'; await fetch('/');",
};

describe('a planted violation is reported', () => {
  test.each(Object.entries(planted).flatMap(([rule, trees]) => trees.map((tree) => [rule, tree] as const)))(
    '%s: %j',
    (rule, sources) => {
      const file = Object.keys(sources)[0];
      // The file whose absence is the violation.
      if (rule === 'a lib has an index') delete sources[file ?? ''];
      const reported = violationsOf(sources).filter((violation) => violation.rule === rule);
      expect(reported.length).toBeGreaterThan(0);
      if (rule !== 'no import cycle') expect(reported.map((violation) => violation.file)).toContain(file);
    },
  );

  test('every rule has one', () => {
    expect(Object.keys(planted).sort()).toEqual(ruleNames().sort());
  });
});

test('what is permitted is not reported', () => {
  const reported = violationsOf(permitted).filter(({ rule }) => rule !== 'a lib has an index');
  expect(reported).toEqual([]);
});

test('the tree has no violation', () => {
  expect(findViolations(readSourceTree(join(import.meta.dirname, '..', '..')))).toEqual([]);
  // Every file of the tree is read: slow where the machine is busy.
}, 60_000);

function violationsOf(sources: Record<string, string>) {
  return findViolations(Object.entries(sources).map(([file, text]) => readSource(file, text)));
}
