import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

/** Node resolves `#libs/*` to the sources under this condition, so unit and database tests need no build. */
const resolve = { conditions: ['source'] };
/** Global setup runs in an environment of Vitest's own, which the settings above do not reach. */
const environments = {
  __vitest__: { resolve: { conditions: ['source', 'module', 'node'], externalConditions: ['source'] } },
};
const ssr = { resolve: { conditions: ['source'], externalConditions: ['source'] } };

/** All processors: Vitest would leave one free, of two that is half. No more than the database has connections for. */
const maxWorkers = Math.min(8, availableParallelism());
/** They measure how long something takes or how far it gets, hold it to a second, or fill the machine: nothing runs beside them. */
const ALONE = [
  'test/api-document/fuzz',
  'test/catalog/hostile-documents',
  'test/guard/slow-crowd',
  'test/keys/key-lifecycle',
  'test/keys/published-keys',
  'test/keys/rotation-under-load',
  'test/main-job/scheduled-refresh',
  'test/oauth/authorization-code',
  'test/oauth/felt-everywhere',
  'test/oauth/races',
  'test/operations/soak',
  'test/refresh/faults',
  'test/refresh/timing',
  'test/upstream/limit',
  'test/vault/deletion',
].map((file) => `${file}.e2e-spec.ts`);
/** They put something else in the place of a module: what others who share a process with them have imported already would be in their way. */
export const MOCKING = [
  'libs/egress/src/name-lookups.spec.ts',
  'libs/oauth/src/client-authentication.spec.ts',
  'libs/upstream/src/upstream-budgets.db-spec.ts',
  'test/guard/ssrf-registration.db-spec.ts',
  'test/guard/ssrf.db-spec.ts',
];
/** Files follow each other in a process, which has what they import already: to load it costs more than most of them. */
const inSharedProcesses = { maxWorkers, isolate: false, exclude: [...configDefaults.exclude, ...MOCKING] };
/** Of what hangs: what is only slow, on a machine that is busy, is let be. */
const patience = { testTimeout: 30_000, hookTimeout: 60_000, expect: { poll: { timeout: 20_000 } } };
const withDatabase = {
  ...patience,
  setupFiles: ['libs/testing/src/response-check.setup.mjs'],
  globalSetup: ['libs/testing/src/database-server.setup.ts'],
};
const endToEnd = {
  ...patience,
  globalSetup: ['libs/testing/src/database-server.setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: { ...patience, ...inSharedProcesses, name: 'unit', include: ['{apps,libs,test,bench}/**/*.spec.ts'] },
      },
      {
        resolve,
        ssr,
        environments,
        test: { ...withDatabase, ...inSharedProcesses, name: 'db', include: ['{apps,libs,test}/**/*.db-spec.ts'] },
      },
      { resolve, ssr, environments, test: { ...withDatabase, name: 'mocking', maxWorkers, include: MOCKING } },
      {
        resolve,
        ssr,
        environments,
        test: {
          ...endToEnd,
          name: 'e2e',
          maxWorkers,
          isolate: false,
          include: ['{apps,test}/**/*.e2e-spec.ts'],
          exclude: [...configDefaults.exclude, ...ALONE],
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve,
        ssr,
        environments,
        test: { ...endToEnd, name: 'alone', include: ALONE, fileParallelism: false, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
