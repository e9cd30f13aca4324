import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '#libs/testing';
import { migrations } from '../../migrations/data-source.js';

const LIST = 'migrations/data-source.ts';
const COMPILER = resolve('node_modules/typescript/bin/tsc');

/** Those that the release before does not know: the newest, or all from the one that is named. */
const first = process.env.MIGRATE_FROM ?? migrations.at(-1)?.name ?? '';
export const newMigrations = migrations
  .map(({ name }) => name)
  .slice(migrations.findIndex(({ name }) => name === first));

/** @returns the last commit that did not know them, or a sentence on why there is none to be had */
export function previousCommit(): { commit: string } | { missing: string } {
  try {
    if (git('rev-parse', '--is-shallow-repository') === 'true') return { missing: 'the clone is shallow' };
    const [begun] = git('log', '--reverse', '--format=%H', `-S${first}`, '--', LIST).split('\n');
    let commit = git('rev-parse', '--verify', begun === '' ? 'HEAD' : `${begun}^`);
    // Between two commits that belong together, a list may name a migration twice.
    while (!isSound(commit))
      commit = git('rev-parse', '--verify', `${git('log', '-1', '--format=%H', commit, '--', LIST)}^`);
    return { commit };
  } catch {
    return { missing: 'there is no git history' };
  }
}

/** That commit, built with the dependencies of this checkout. */
export class PreviousRelease implements Disposable {
  readonly #folder: TemporaryFolder = temporaryFolder('previous-release');

  constructor(commit: string) {
    const { path } = this.#folder;
    const archive = execFileSync('git', ['archive', commit], { maxBuffer: 256 * 1024 * 1024 });
    execFileSync('tar', ['-x', '-C', path], { input: archive });
    symlinkSync(resolve('node_modules'), join(path, 'node_modules'));
    // Its types were checked when it was the newest.
    for (const project of ['tsconfig.build.json', 'libs/connect-js'])
      execFileSync(process.execPath, [COMPILER, '-p', project, '--noCheck'], { cwd: path });
  }

  get script(): string {
    return join(this.#folder.path, 'dist/apps/api/src/main.js');
  }

  [Symbol.dispose](): void {
    this.#folder.remove();
  }
}

function isSound(commit: string): boolean {
  const names = [...git('show', `${commit}:${LIST}`).matchAll(/^import \{ (\w+) \} from '\.\//gm)].map(
    ([, name]) => name,
  );
  return new Set(names).size === names.length;
}

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
