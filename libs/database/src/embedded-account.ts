import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EmbeddedServerError } from './embedded-error.js';

/** The operating system account that PostgreSQL runs as. Undefined where a ServerAccount is optional: our own. */
export interface ServerAccount {
  name: string;
  uid: number;
  gid: number;
}

const PREFERRED = ['postgres', 'nobody'];

/**
 * PostgreSQL refuses to run as root. For root this is the account that owns the data already, else an unprivileged one
 * that exists on the machine; for everybody else undefined.
 */
export async function serverAccount(
  owner: { uid: number; gid: number } | undefined,
): Promise<ServerAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  if (owner && owner.uid !== 0) return { name: `uid ${owner.uid}`, ...owner };
  const accounts = parseAccounts(await readFile('/etc/passwd', 'utf8'));
  const account = PREFERRED.map((name) => accounts.find((candidate) => candidate.name === name)).find(Boolean);
  if (!account) {
    throw new EmbeddedServerError(
      'PostgreSQL does not run as root and there is no account "postgres" or "nobody" to run it as: start as an ordinary user, or set DATABASE_URL.',
    );
  }
  return account;
}

/** Whether `account` may pass through `folder` and every folder above it, by their modes. */
export async function canEnter(account: ServerAccount, folder: string): Promise<boolean> {
  for (let path = await realpath(folder); ; path = dirname(path)) {
    const { mode, uid, gid } = await stat(path);
    const needed = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & needed) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/** The identity to spawn a child process with. */
export function identityOf(account: ServerAccount | undefined): { uid?: number; gid?: number } {
  return account ? { uid: account.uid, gid: account.gid } : {};
}

function parseAccounts(passwd: string): ServerAccount[] {
  return passwd
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4 && Number(fields[2]) > 0)
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}
