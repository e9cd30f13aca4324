import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryOnce, temporaryFolder } from '#libs/testing';
import { type EmbeddedServer, startEmbeddedServer } from './embedded-server.js';

const FAST = { fsync: 'off' };
const folder = temporaryFolder('owner');
const base = folder.path;
/** Below node_modules, so that the compiled sources find their packages. */
const compiled = join(process.cwd(), 'node_modules', '.cache', basename(base));

beforeAll(compileSources);

afterAll(() => {
  folder.remove();
  rmSync(compiled, { recursive: true, force: true });
});

describe('the owner of the data', () => {
  test('a second owner is refused while the first lives, in this process and in another', async () => {
    const dataDir = join(base, 'owned');
    const owner = await spawnOwner(dataDir);
    await expect(startEmbeddedServer({ dataDir })).rejects.toThrow('is in use by another process');
    await endBy('SIGTERM', owner.child);

    const server = await startEmbeddedServer({ dataDir, settings: FAST });
    await expect(startEmbeddedServer({ dataDir })).rejects.toThrow('is in use by another process');
    await server.stop();
  });

  test('the server of an owner that was killed is taken over, with its data', async () => {
    const dataDir = join(base, 'orphan');
    const owner = await spawnOwner(dataDir);
    await queryOnce(owner.url, 'CREATE TABLE survivor (n int)');
    const orphan = Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
    await endBy('SIGKILL', owner.child);
    expect(await queryOnce(owner.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);

    const said: string[] = [];
    await using server = await running({ dataDir, progress: (sentence) => said.push(sentence) });
    expect(said).toEqual([expect.stringContaining('was left running')]);
    expect(await queryOnce(server.url, 'SELECT n FROM survivor')).toEqual([]);
    expect(existsSync(`/proc/${orphan}/cwd`)).toBe(false);
  });

  test('the pid file of a crashed machine is ignored, even when its number is that of a living process', async () => {
    const dataDir = join(base, 'stale');
    await (await startEmbeddedServer({ dataDir, settings: FAST })).stop();
    writeFileSync(join(dataDir, 'postgres', 'postmaster.pid'), `${process.ppid}\n${join(dataDir, 'postgres')}\n`);
    await using server = await running({ dataDir });
    expect(await queryOnce(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

async function running(options: Parameters<typeof startEmbeddedServer>[0]): Promise<EmbeddedServer & AsyncDisposable> {
  const server = await startEmbeddedServer({ settings: FAST, ...options });
  return { ...server, [Symbol.asyncDispose]: () => server.stop() };
}

/** Another process that starts the server and lives until it is told to end. */
async function spawnOwner(dataDir: string): Promise<{ child: ChildProcess; url: string }> {
  const script = `
    const { startEmbeddedServer } = await import(${JSON.stringify(join(compiled, 'embedded-server.js'))});
    const server = await startEmbeddedServer({ dataDir: ${JSON.stringify(dataDir)} });
    process.once('SIGTERM', () => server.stop().then(() => process.exit(0)));
    console.log(server.url);
    setInterval(() => {}, 60_000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, url };
}

async function endBy(signal: NodeJS.Signals, child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** The owner that gets killed is plain node, which reads no TypeScript before version 22. */
function compileSources(): void {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true };
  mkdirSync(compiled, { recursive: true });
  writeFileSync(join(compiled, 'package.json'), '{ "type": "module" }');
  for (const name of readdirSync(import.meta.dirname).filter(isSource)) {
    const { outputText } = ts.transpileModule(readFileSync(join(import.meta.dirname, name), 'utf8'), {
      compilerOptions,
    });
    writeFileSync(join(compiled, name.replace(/ts$/, 'js')), outputText);
  }
}

function isSource(name: string): boolean {
  return name.startsWith('embedded-') && !name.includes('spec');
}
