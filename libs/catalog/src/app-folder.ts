import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { SYSTEM_ACTOR } from '#libs/audit';
import { Config } from '#libs/config';
import { Problem } from '#libs/errors';
import { Apps } from './apps.store.js';

const SHOWN_CHANGES = 20;

/** Loads the app definitions in `APPS_DIR`. One that is not usable is named in the log and keeps nothing else from starting. */
@Injectable()
export class AppFolder {
  readonly #log = new Logger('AppFolder');

  constructor(
    private readonly config: Config,
    private readonly apps: Apps,
  ) {}

  async load(): Promise<void> {
    for (const name of await documentsIn(this.config.appsDir)) {
      try {
        const text = await readFile(join(this.config.appsDir, name), 'utf8');
        const { app, isTaken, breaking } = await this.apps.register(text, 'file', SYSTEM_ACTOR);
        if (!isTaken) {
          this.#log.warn(`Left ${name} aside: the app "${app.key}" was set with POST /admin/apps, and stays as it is.`);
          continue;
        }
        this.#log.log(`Loaded the app "${app.key}" from ${name}: version ${app.version}.`);
        for (const { action, detail } of breaking.slice(0, SHOWN_CHANGES))
          this.#log.warn(`"${app.key}" is not as it was: ${action === null ? '' : `${action}: `}${detail}`);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        this.#log.error(`${name} in APPS_DIR is not usable: ${error.message}`);
      }
    }
  }
}

async function documentsIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => /\.(json|ya?ml)$/.test(name)).toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
