import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const isRoot = process.getuid?.() === 0;
const run = promisify(execFile);

export const CHROMIUM_ARGUMENTS: readonly string[] = [
  '--headless',
  // Chromium's sandbox refuses to run as root. An ordinary user keeps it.
  ...(isRoot ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser on this machine. As root in CI, Debian's own is installed when there is none. */
export async function findChromium(): Promise<{ path: string } | { missing: string }> {
  const found = await onPath(NAMES);
  if (found) return { path: found };
  const aptGet = await onPath(['apt-get']);
  if (process.env.CI !== 'true' || !isRoot || !aptGet) {
    return {
      missing: 'No Chromium on the PATH: install it with "apt-get install chromium", or your system\'s Chrome.',
    };
  }
  try {
    await install(aptGet);
  } catch (error) {
    return { missing: `Chromium could not be installed: ${(error as Error).message.trim()}` };
  }
  const path = await onPath(NAMES);
  return path ? { path } : { missing: 'Chromium was installed, but is not on the PATH.' };
}

async function install(aptGet: string): Promise<void> {
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 2 ** 26 };
  await run(aptGet, ['update'], options);
  await run(aptGet, ['install', '-y', '--no-install-recommends', 'chromium'], options);
}

async function onPath(names: string[]): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const path of names.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  return undefined;
}
