import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Config } from '#libs/config';
import type { SealedAnswer } from '#libs/connections';
import { asTenantId } from '#libs/database';

const FOLDER = 'refresh-journal';
const SUFFIX = '.json';

/** Dates travel as ISO 8601, bytes as base64. */
interface Line {
  tenantId: string;
  connectionId: string;
  appId: string;
  spentVersion: number;
  generation: number;
  sealed: string;
  facts: {
    expiresAt: string | null;
    obtainedAt: string;
    scopes: string[];
    dueAt: string | null;
    keepAliveSeconds: number | null;
  };
}

/** An answer on disk, until it is forgotten. */
export interface JournalEntry {
  answer: SealedAnswer;
  path: string | null;
}

/**
 * Answers of token endpoints on their way into the database, one file each, sealed. An answer may be the only copy of the next refresh token:
 * it is on disk before anything can keep it from being stored, and whoever starts with the same DATA_DIR after a crash stores it.
 */
@Injectable()
export class AnswerJournal implements OnApplicationShutdown, OnModuleInit {
  readonly #log = new Logger('AnswerJournal');
  readonly #folder: string;
  #handle: FileHandle | null = null;
  #sync: Promise<void> | null = null;
  #nextSync: Promise<void> | null = null;

  constructor({ dataDir }: Config) {
    this.#folder = join(dataDir, FOLDER);
  }

  async onModuleInit(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    } catch (cause) {
      this.#warn(cause);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#handle?.close();
  }

  /** On disk when this answers. Never throws: without a disk the answer is still in memory. */
  async keep(answer: SealedAnswer): Promise<JournalEntry> {
    const path = join(this.#folder, `${answer.connectionId}.${answer.spentVersion}.${randomUUID()}${SUFFIX}`);
    try {
      const file = await open(path, 'wx', 0o600);
      try {
        await file.writeFile(JSON.stringify(toLine(answer)));
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#syncFolder();
      return { answer, path };
    } catch (cause) {
      this.#warn(cause);
      return { answer, path: null };
    }
  }

  /** The answer has found its place. */
  async forget({ path }: JournalEntry): Promise<void> {
    if (path === null) return;
    await unlink(path).catch((error: NodeJS.ErrnoException) => {
      // Another process on the same folder stored it too.
      if (error.code !== 'ENOENT') this.#warn(error);
    });
  }

  /** What earlier processes left. A file that was cut short by a crash holds no answer that anybody waits for: it stays, and is named. */
  async left(): Promise<JournalEntry[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const entries: JournalEntry[] = [];
    for (const name of names.filter((each) => each.endsWith(SUFFIX))) {
      const path = join(this.#folder, name);
      try {
        entries.push({ answer: fromLine(JSON.parse(await readFile(path, 'utf8')) as Line), path });
      } catch (cause) {
        this.#log.error({ msg: `The refresh journal's ${path} is not readable, and is left as it is.`, cause });
      }
    }
    return entries;
  }

  /** A new name lasts once its folder is on disk. One sync for all that wait: one that is running may have begun too early. */
  #syncFolder(): Promise<void> {
    this.#nextSync ??= (this.#sync ?? Promise.resolve()).then(() => {
      this.#nextSync = null;
      this.#sync = this.#syncNow();
      return this.#sync;
    });
    return this.#nextSync;
  }

  async #syncNow(): Promise<void> {
    this.#handle ??= await open(this.#folder, 'r');
    await this.#handle.sync();
  }

  #warn(cause: unknown): void {
    const msg = `The refresh journal can not be written in ${this.#folder}. Until then a crash of both this process and the database loses refresh tokens: make DATA_DIR writable.`;
    this.#log.error({ msg, cause });
  }
}

function toLine({ tenantId, connectionId, appId, spentVersion, sealed, facts }: SealedAnswer): Line {
  return {
    tenantId,
    connectionId,
    appId,
    spentVersion,
    generation: sealed.generation,
    sealed: sealed.sealed.toString('base64'),
    facts: {
      ...facts,
      expiresAt: facts.expiresAt?.toISOString() ?? null,
      obtainedAt: facts.obtainedAt.toISOString(),
      dueAt: facts.dueAt?.toISOString() ?? null,
    },
  };
}

function fromLine({ tenantId, connectionId, appId, spentVersion, generation, sealed, facts }: Line): SealedAnswer {
  return {
    tenantId: asTenantId(tenantId),
    connectionId,
    appId,
    spentVersion,
    sealed: { generation, sealed: Buffer.from(sealed, 'base64') },
    facts: {
      ...facts,
      expiresAt: facts.expiresAt === null ? null : timeOf(facts.expiresAt),
      obtainedAt: timeOf(facts.obtainedAt),
      dueAt: facts.dueAt === null ? null : timeOf(facts.dueAt),
    },
  };
}

function timeOf(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new Error(`"${text}" is no time.`);
  return time;
}
