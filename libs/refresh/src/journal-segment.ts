import { access, constants, open, unlink, type FileHandle } from 'node:fs/promises';

const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants;
/** What is written is on the disk when the write answers: one call in place of two. Windows has no such flag. */
const O_DSYNC: number | undefined = constants.O_DSYNC;
const NEW_AND_SYNCED = O_APPEND | O_CREAT | O_EXCL | O_WRONLY | (O_DSYNC ?? 0);

/** Longer ones are not written on: what is stored long ago would be read again after a crash. */
const MAX_BYTES = 256 * 1024;

/** A file of the journal, one answer a line. It goes when all of them are forgotten. */
export class JournalSegment {
  #bytes = 0;
  #written: number;

  /** @param lines that are in it and not forgotten */
  constructor(
    readonly path: string,
    private lines: number,
    private handle: FileHandle | null = null,
  ) {
    this.#written = lines;
  }

  /** The name lasts once the folder is on disk too. */
  static async create(path: string): Promise<JournalSegment> {
    return new JournalSegment(path, 0, await open(path, NEW_AND_SYNCED, 0o600));
  }

  get isFull(): boolean {
    return this.#bytes >= MAX_BYTES;
  }

  get isEmpty(): boolean {
    return this.lines === 0;
  }

  /** Whether nothing else was ever in it. */
  get isSingle(): boolean {
    return this.#written === 1;
  }

  /**
   * On disk when this answers, and to be found under this name: another process that starts on the same folder takes segments by renaming them, and
   * may have read this one before. After a failure nothing may be written behind what may be half a line.
   */
  async append(lines: readonly string[]): Promise<void> {
    if (!this.handle) throw new Error('This segment is closed.');
    const text = lines.map((line) => `${line}\n`).join('');
    // From before the write: the file must not go while it is written to.
    this.lines += lines.length;
    this.#written += lines.length;
    try {
      await this.handle.appendFile(text);
      if (O_DSYNC === undefined) await this.handle.datasync();
      await access(this.path);
    } catch (error) {
      this.lines -= lines.length;
      throw error;
    }
    this.#bytes += text.length;
  }

  forgetLine(): void {
    this.lines -= 1;
  }

  async close(): Promise<void> {
    const { handle } = this;
    this.handle = null;
    await handle?.close();
  }

  async remove(): Promise<void> {
    await this.close();
    await unlink(this.path).catch((error: NodeJS.ErrnoException) => {
      // Another process on the same folder stored them too.
      if (error.code !== 'ENOENT') throw error;
    });
  }
}
