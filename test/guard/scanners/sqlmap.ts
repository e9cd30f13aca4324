import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '#libs/testing';
import { runScanner, type Scan } from './scanner.js';
import type { ScannedRequest } from './scanned-request.js';

/** Behind a value: once there is one, sqlmap tries only the places that have it, and what a body of JSON holds. */
export const SQLMAP_MARK = '*';

const FLAGS = [
  '--batch',
  '--ignore-stdin',
  '--level=5',
  '--risk=3',
  '--dbms=PostgreSQL',
  '--ignore-code=*',
  '--ignore-redirects',
  '--skip-waf',
  '--disable-coloring',
  '--flush-session',
];

export interface SqlmapScan extends Scan {
  /** How often it got which status, of those that are errors. */
  statuses: Readonly<Record<string, number>>;
}

/** Every marked parameter of the request, and what a body of JSON holds. */
export async function sqlmap(origin: string, request: ScannedRequest, seconds: number): Promise<SqlmapScan> {
  const folder = temporaryFolder('sqlmap');
  try {
    const file = join(folder.path, 'request.txt');
    writeFileSync(file, messageOf(origin, request));
    const flags = ['-r', file, `--output-dir=${join(folder.path, 'out')}`, ...FLAGS];
    const { output, isWhole } = await runScanner('sqlmap', flags, { folder: folder.path, seconds });
    const findings = output
      .split('\n')
      .filter((line) => /identified the following injection|is vulnerable|^Parameter: /.test(line));
    return {
      of: request.name,
      findings,
      statuses: Object.fromEntries(
        [...output.matchAll(/(\d{3}) \([^)]*\) - (\d+) times/g)].map(([, status = '', times]) => [
          status,
          Number(times),
        ]),
      ),
      isWhole: isWhole && /do not appear to be injectable|identified/.test(output),
      output,
    };
  } finally {
    folder.remove();
  }
}

function messageOf(origin: string, { method, target, headers, body }: ScannedRequest): string {
  const lines = Object.entries({ host: new URL(origin).host, ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}
