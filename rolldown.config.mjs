import { defineConfig } from 'rolldown';

/**
 * Made from what tsc has compiled, so that decorators keep their types. Each is as deep in dist as the modules that name a file by their own URL.
 */
export default defineConfig([
  // The service in few files: Node takes longer to find and read its 2,900 modules than to start what is in them, and several processes that
  // start at once on few processors feel it. Nothing is minified: a stack says where.
  {
    input: {
      main: 'dist/apps/api/src/main.js',
      'document-worker': 'dist/libs/catalog/src/document-worker.js',
    },
    platform: 'node',
    output: {
      dir: 'dist/apps/api/src/service',
      format: 'esm',
      // TypeORM and Nest go by the names of classes.
      keepNames: true,
      cleanDir: true,
    },
  },
  forBrowsers('dist/libs/connect-js/src/index.js', 'dist/libs/connect-js/connect.js'),
  forBrowsers('dist/apps/console/src/main.js', 'dist/apps/console/console.js'),
]);

/** One file, as small as it gets. */
function forBrowsers(input, file) {
  return { input, platform: 'browser', output: { file, format: 'esm', minify: true } };
}
