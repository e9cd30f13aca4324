import { readFile } from 'node:fs/promises';
import { Controller, Get, Header } from '@nestjs/common';

/** Compiled beside us: `libs/connect-js` is built as a file of its own, since browsers load it as it is. */
const SDK_FILE = new URL('../../../../libs/connect-js/src/index.js', import.meta.url);

@Controller()
export class SdkController {
  #source: Promise<string> | undefined;

  /** The browser SDK. Any page may load it: it holds nothing of anybody. */
  @Get('connect.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @Header('access-control-allow-origin', '*')
  @Header('cross-origin-resource-policy', 'cross-origin')
  sdk(): Promise<string> {
    this.#source ??= readFile(SDK_FILE, 'utf8').catch((error: unknown) => {
      this.#source = undefined;
      throw error;
    });
    return this.#source;
  }
}
