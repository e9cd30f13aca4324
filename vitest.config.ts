import { defineConfig } from 'vitest/config';

/** Node resolves `#libs/*` to the sources under this condition, so unit and database tests need no build. */
const resolve = { conditions: ['source'] };
/** Global setup runs in an environment of Vitest's own, which the settings above do not reach. */
const environments = {
  __vitest__: { resolve: { conditions: ['source', 'module', 'node'], externalConditions: ['source'] } },
};
const ssr = { resolve: { conditions: ['source'], externalConditions: ['source'] } };

export default defineConfig({
  test: {
    projects: [
      { resolve, ssr, test: { name: 'unit', include: ['{apps,libs,test,bench}/**/*.spec.ts'] } },
      {
        resolve,
        ssr,
        environments,
        test: {
          name: 'db',
          include: ['{apps,libs,test}/**/*.db-spec.ts'],
          setupFiles: ['libs/testing/src/response-check.setup.mjs'],
          globalSetup: ['libs/testing/src/database-server.setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve,
        ssr,
        environments,
        test: {
          name: 'e2e',
          include: ['{apps,test}/**/*.e2e-spec.ts'],
          globalSetup: ['libs/testing/src/database-server.setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
