import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSource, type SourceFacts } from './read-source.js';

const FOLDERS = ['apps', 'libs', 'migrations', 'test', 'bench'];
const SOURCE = /\.m?[jt]sx?$/;

/** Every source file of the checkout, as it lies on the disk. */
export function readSourceTree(checkout: string): SourceFacts[] {
  const files = FOLDERS.filter((folder) => existsSync(join(checkout, folder))).flatMap((folder) =>
    readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => join(folder, file).replaceAll('\\', '/'))
      .filter((file) => SOURCE.test(file) && !file.includes('/node_modules/')),
  );
  return files.sort().map((file) => readSource(file, readFileSync(join(checkout, file), 'utf8')));
}
