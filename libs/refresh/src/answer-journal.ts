import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Config } from '#libs/config';
import type { SealedAnswer } from '#libs/connections';
import { Gathering } from '#libs/scheduling';
import { readLine, writeLine } from './journal-line.js';
import { JournalSegment } from './journal-segment.js';

const FOLDER = 'refresh-journal';
const SUFFIX = '.jsonl';
/** Of files with one answer each, as an earlier version wrote them. */
const SINGLE_SUFFIX = '.json';
const MOST_AT_ONCE = 64;

/** An answer on disk, until it is forgotten. */
export interface JournalEntry {
  answer: SealedAnswer;
  /** Null when it could not be written. */
  segment: JournalSegment | null;
}

/**
 * Answers of token endpoints on their way into the database, sealed. An answer may be the only copy of the next refresh token: it is on disk
 * before anything can keep it from being stored, and whoever starts with the same DATA_DIR after a crash stores it. All that come at the same
 * time share one write and one sync.
 */
@Injectable()
export class AnswerJournal implements OnApplicationShutdown, OnModuleInit {
  readonly #log = new Logger('AnswerJournal');
  readonly #folder: string;
  readonly #writes = new Gathering<null, SealedAnswer, JournalEntry>(
    (_, answers) => this.#write(answers),
    MOST_AT_ONCE,
  );
  #handle: FileHandle | null = null;
  #segment: JournalSegment | null = null;

  constructor({ dataDir }: Config) {
    this.#folder = join(dataDir, FOLDER);
  }

  async onModuleInit(): Promise<void> {
    try {
      await this.#makeFolder();
    } catch (cause) {
      this.#warn(cause);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#segment?.close();
    await this.#handle?.close();
  }

  /** On disk when this answers. Never throws: without a disk the answer is still in memory. */
  keep(answer: SealedAnswer): Promise<JournalEntry> {
    return this.#writes.add(null, answer);
  }

  /** The answer has found its place. */
  async forget({ segment }: JournalEntry): Promise<void> {
    segment?.forgetLine();
    if (!segment?.isEmpty) return;
    if (this.#segment === segment) this.#segment = null;
    await segment.remove().catch((error: unknown) => this.#warn(error));
  }

  /** For somebody to look at, apart from those that find their places. @returns the file; null when it was never written */
  async setAside({ answer, segment }: JournalEntry): Promise<string | null> {
    if (!segment) return null;
    const path = await this.#writeApart(writeLine(answer), segment);
    if (path !== segment.path) await this.forget({ answer, segment });
    return path;
  }

  /** What earlier processes left. A line that was cut short by a crash holds no answer that anybody waits for: it stays, and is named. */
  async left(): Promise<JournalEntry[]> {
    const names = (await this.#read(this.#folder, readdir(this.#folder))) ?? [];
    const entries: JournalEntry[] = [];
    for (const name of names.filter((each) => each.endsWith(SUFFIX) || each.endsWith(SINGLE_SUFFIX))) {
      const path = await this.#take(name);
      if (path !== null) entries.push(...(await this.#leftIn(path)));
    }
    return entries;
  }

  /** The process that writes to it, should it live, finds its name gone, and writes elsewhere what may not have been there to be read. */
  async #take(name: string): Promise<string | null> {
    const path = join(this.#folder, name);
    if (!name.endsWith(SUFFIX)) return path;
    const taken = this.#newPath();
    try {
      await rename(path, taken);
      return taken;
    } catch (error) {
      // Another process was faster, or it stored all of it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#warn(error);
      return null;
    }
  }

  async #leftIn(path: string): Promise<JournalEntry[]> {
    const text = await this.#read(path, readFile(path, 'utf8'));
    if (text === null) return [];
    const lines = text.split('\n').filter((line) => line !== '');
    const entries: JournalEntry[] = [];
    // Of a segment that was only just begun nothing is missing; a file that held one answer has lost it.
    const held = lines.length === 0 && path.endsWith(SINGLE_SUFFIX) ? [''] : lines;
    const segment = new JournalSegment(path, held.length);
    for (const line of held) {
      try {
        entries.push({ answer: readLine(line), segment });
      } catch (cause) {
        const apart = await this.#writeApart(line, segment);
        if (apart !== path) segment.forgetLine();
        this.#log.error({ msg: `The refresh journal's ${apart} is not readable, and is left as it is.`, cause });
      }
    }
    if (segment.isEmpty) await segment.remove();
    return entries;
  }

  /** @returns null for what is not there, or can't be read: it may hold answers, and is left for the next start */
  async #read<Content>(path: string, reading: Promise<Content>): Promise<Content | null> {
    try {
      return await reading;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.error({ msg: `The refresh journal's ${path} can not be read, and is left as it is.`, cause });
      return null;
    }
  }

  async #write(answers: SealedAnswer[]): Promise<JournalEntry[]> {
    const lines = answers.map((answer) => writeLine(answer));
    try {
      const segment = await this.#append(lines).catch(async () => {
        await this.#retire();
        return this.#append(lines);
      });
      return answers.map((answer) => ({ answer, segment }));
    } catch (cause) {
      this.#warn(cause);
      await this.#retire();
      return answers.map((answer) => ({ answer, segment: null }));
    }
  }

  async #append(lines: readonly string[]): Promise<JournalSegment> {
    if (this.#segment?.isFull) await this.#retire();
    // Nothing waits between looking and appending: a segment that becomes empty goes.
    const segment = this.#segment ?? (this.#segment = await this.#create());
    await segment.append(lines);
    return segment;
  }

  async #create(): Promise<JournalSegment> {
    return this.#createHere().catch(async () => {
      // The disk may be another by now, and the folder gone with the one before.
      await this.#handle?.close().catch(() => undefined);
      this.#handle = null;
      await this.#makeFolder();
      return this.#createHere();
    });
  }

  async #makeFolder(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
  }

  async #createHere(): Promise<JournalSegment> {
    const segment = await JournalSegment.create(this.#newPath());
    this.#handle ??= await open(this.#folder, 'r');
    await this.#handle.sync();
    return segment;
  }

  #newPath(): string {
    return join(this.#folder, `${randomUUID()}${SUFFIX}`);
  }

  /** Not written to any more; what is in it stays until it is forgotten. */
  async #retire(): Promise<void> {
    const segment = this.#segment;
    this.#segment = null;
    const ended = segment?.isEmpty ? segment.remove() : segment?.close();
    await ended?.catch((error: unknown) => this.#warn(error));
  }

  /** @returns where the line is: in a file of its own, or where it was when that can't be written */
  async #writeApart(line: string, segment: JournalSegment): Promise<string> {
    if (segment.isSingle) return segment.path;
    try {
      const own = await this.#create();
      await own.append([line]);
      await own.close();
      return own.path;
    } catch (cause) {
      this.#warn(cause);
      return segment.path;
    }
  }

  #warn(cause: unknown): void {
    const msg = `The refresh journal can not be written in ${this.#folder}. Until then a crash of both this process and the database loses refresh tokens: make DATA_DIR writable.`;
    this.#log.error({ msg, cause });
  }
}
