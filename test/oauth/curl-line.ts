import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder, type TemporaryFolder } from '#libs/testing';
import { Answer } from '../main-job/answer.js';

const run = promisify(execFile);
const HOSTS = /https:\/\/(?:(?:api|connect)\.)?zapier\.com/g;

export const isCurlMissing = spawnSync('curl', ['--version']).error !== undefined;

/** Somebody at a shell, who copies lines from the documents. */
export class CurlLines {
  readonly #home: TemporaryFolder = temporaryFolder('curl');

  /** @param variables what the lines have in place of a reader's own values */
  constructor(
    private readonly baseUrl: string,
    readonly variables: Record<string, string>,
  ) {
    // Its answer is wanted whole, by a line that says nothing of that.
    writeFileSync(join(this.#home.path, '.curlrc'), 'silent\ninclude\n');
  }

  /** With nothing but its hosts changed. @throws when curl fails by itself */
  async run(line: string): Promise<Answer> {
    const { stdout } = await run('/bin/sh', ['-c', line.replaceAll(HOSTS, this.baseUrl)], {
      env: { PATH: process.env.PATH, CURL_HOME: this.#home.path, ...this.variables },
    });
    const end = stdout.indexOf('\r\n\r\n');
    const [status = '', ...lines] = stdout.slice(0, end).split('\r\n');
    const headers = lines.map((each): [string, string] => {
      const colon = each.indexOf(':');
      return [each.slice(0, colon), each.slice(colon + 1).trim()];
    });
    return new Answer(Number(status.split(' ')[1]), new Headers(headers), stdout.slice(end + 4));
  }

  close(): void {
    this.#home.remove();
  }
}
