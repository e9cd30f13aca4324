import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors');

/** Test data of a third party. It is not ours to distribute, so a checkout alone lacks it, and its tests are skipped. */
export interface ThirdPartyFile {
  isMissing: boolean;
  /** For a title: names the file, and why its tests are skipped where it is not there. */
  name: string;
  path: string;
}

export function thirdPartyFile(path: string): ThirdPartyFile {
  const full = join(FOLDER, path);
  const isMissing = !existsSync(full);
  return { isMissing, name: isMissing ? `${path} (skipped: there is no ${full})` : path, path: full };
}

export function readJsonFile({ path }: ThirdPartyFile): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The files of a folder by their names, as bytes. */
export function readFolder({ path }: ThirdPartyFile): [name: string, bytes: Buffer][] {
  return readdirSync(path)
    .sort()
    .map((name) => [name, readFileSync(join(path, name))]);
}
