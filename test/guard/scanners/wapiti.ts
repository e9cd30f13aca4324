import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '#libs/testing';
import { runScanner, type Scan } from './scanner.js';

/** Those that need nothing but the target: no server of the scanner's makers, and no list to be downloaded. */
const MODULES = 'blindsql,crlf,exec,file,permanentxss,redirect,shellshock,sql,xss';

interface Report {
  vulnerabilities: Record<string, { method: string; path: string; info: string; parameter: string | null }[]>;
}

/** All that it finds from these URLs on, forms and parameters, as who has the token. */
export async function wapiti(
  origin: string,
  urls: readonly string[],
  token: string | null,
  seconds: number,
): Promise<Scan> {
  const folder = temporaryFolder('wapiti');
  try {
    const report = join(folder.path, 'report.json');
    const options = {
      '-u': `${origin}/`,
      '--scope': 'domain',
      '-m': MODULES,
      '-l': '2',
      '-f': 'json',
      '-o': report,
      '-v': '0',
      '--store-session': join(folder.path, 'session'),
      '--max-scan-time': String(seconds / 2),
      '--max-attack-time': String(seconds),
      ...(token !== null && { '-H': `Authorization: Bearer ${token}` }),
    };
    const flags = [
      '--flush-session',
      '--no-bugreport',
      ...Object.entries(options).flat(),
      ...urls.flatMap((url) => ['-s', url]),
    ];
    // Each module has its own time; all of them together a few times that.
    const { output, isWhole } = await runScanner('wapiti', flags, { folder: folder.path, seconds: seconds * 12 });
    const found = existsSync(report) ? (JSON.parse(readFileSync(report, 'utf8')) as Report).vulnerabilities : {};
    const findings = Object.entries(found).flatMap(([kind, all]) =>
      all.map(({ method, path, info, parameter }) => `${kind}: ${method} ${path} ${parameter ?? ''}: ${info}`),
    );
    return {
      of: urls.length === 1 ? (urls[0] ?? '') : `${urls.length} URLs`,
      findings,
      isWhole: isWhole && existsSync(report),
      output,
    };
  } finally {
    folder.remove();
  }
}
