import { defineConfig } from 'rolldown';

/**
 * The service in few files: Node takes longer to find and read its 2,900 modules than to start what is in them, and several processes that start at
 * once on few processors feel it. Made from what tsc has compiled, so that decorators keep their types. Nothing is minified: a stack says where.
 */
export default defineConfig({
  input: {
    main: 'dist/apps/api/src/main.js',
    'document-worker': 'dist/libs/catalog/src/document-worker.js',
  },
  platform: 'node',
  output: {
    // As deep in dist as the modules that name a file by their own URL, and all in one folder.
    dir: 'dist/apps/api/src/service',
    format: 'esm',
    // TypeORM and Nest go by the names of classes.
    keepNames: true,
    cleanDir: true,
  },
});
