// `npm start`: compiles what has changed, then starts everything. Plain JavaScript, since nothing is compiled yet.
import { spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const bundler = fileURLToPath(new URL('../../node_modules/rolldown/bin/cli.mjs', import.meta.url));
const BUILDS = ['tsconfig.build.json', 'libs/connect-js', 'apps/console'];

process.env.GATEHOUSE_STARTED_AT ??= String(Date.now());
console.log('Gatehouse is starting.');
if (await isStale()) {
  console.log('  Compiling (only after a change)');
  // Types are checked by `npm run build`, and in CI.
  for (const project of BUILDS) await run(compiler, ['-p', project, '--noCheck']);
  // What browsers load, and the service of `npm run serve`, which must not be what was before the change.
  await run(bundler, ['-c'], 'ignore');
}
await import('../../dist/apps/demo/src/start.js');

async function isStale() {
  const compiled = await modified(`${root}dist/apps/console/console.js`);
  const sources = await Promise.all(['apps', 'libs', 'migrations'].map((folder) => newest(`${root}${folder}`)));
  return compiled === 0 || Math.max(...sources) > compiled;
}

async function newest(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  return Math.max(0, ...(await Promise.all(files.map((file) => modified(`${file.parentPath}/${file.name}`)))));
}

async function modified(file) {
  return (await stat(file).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
}

function run(script, parameters, stdio = 'inherit') {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...parameters], { cwd: root, stdio });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : process.exit(code ?? 1)));
  });
}
