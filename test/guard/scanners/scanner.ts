import { execFileSync, spawn } from 'node:child_process';

/** What one call of a scanner came to. */
export interface Scan {
  of: string;
  /** Sentences of the scanner's own. */
  findings: string[];
  /** It had tried all that it knows. */
  isWhole: boolean;
  /** What it says of itself when it did not begin, for whoever looks into a failure. */
  output: string;
}

/** @returns whether a program of that name is on the path */
export function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Ended with SIGINT when the time is over: then it tells what it has found so far. @returns both outputs, and whether it ended by itself */
export async function runScanner(
  program: string,
  flags: readonly string[],
  { folder, seconds }: { folder: string; seconds: number },
): Promise<{ output: string; isWhole: boolean }> {
  // What it keeps in the home folder would be found again by the next.
  const env = { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8' };
  const child = spawn(program, flags, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const endWithOwner = () => child.kill('SIGKILL');
  process.once('exit', endWithOwner);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()));
  let isWhole = true;
  const stop = (signal: NodeJS.Signals, after: number) =>
    setTimeout(() => {
      isWhole = false;
      child.kill(signal);
    }, after);
  const timers = [stop('SIGINT', seconds * 1000), stop('SIGKILL', (seconds + 15) * 1000)];
  await new Promise((resolve) => child.once('close', resolve));
  for (const timer of timers) clearTimeout(timer);
  process.off('exit', endWithOwner);
  return { output, isWhole };
}
