import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from './config-error.js';

/**
 * Reads the development secret at `path`, making it on first use. Readable by its owner only.
 * @throws ConfigError when the file can be neither read nor made, or is empty
 */
export function generatedSecret(
  path: string,
  make: () => string = () => randomBytes(32).toString('base64url'),
): string {
  const secret = readOrMake(path, make);
  if (secret === '')
    throw new ConfigError(`${path} is empty. Restore it; only where nothing is stored yet, delete it.`);
  return secret;
}

function readOrMake(path: string, make: () => string): string {
  try {
    return madeOnce(path, make);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${path} can not be read or made (${code}). Let the service's user read and write it.`);
  }
}

function madeOnce(path: string, make: () => string): string {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${make()}\n`, { mode: 0o600 });
  try {
    // A hard link is atomic and never replaces: of two processes that start at once, both end with the same secret.
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  return readFileSync(path, 'utf8').trim();
}
