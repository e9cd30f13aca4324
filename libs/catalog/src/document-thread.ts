import { Worker } from 'node:worker_threads';
import { DocumentError } from './document-error.js';
import type { DocumentAnswer } from './document-worker.js';

const TIMEOUT_SECONDS = 30;
/** GitHub's document of 13 MB needs about a third of it. */
const HEAP_MEGABYTES = 512;
/** A start costs more than a small document does, and several often come together. */
const IDLE_SECONDS = 10;
/** What a larger one left in its heap goes with the thread. */
const LARGE_CHARACTERS = 1024 * 1024;
const FILE = new URL('./document-worker.js', import.meta.url);

/** The thread that reads documents, started when there is one to read. Not for two at once. */
export class DocumentThread {
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;

  /** @throws DocumentError when reading takes more time or memory than there is for one document */
  async ask(text: string): Promise<DocumentAnswer> {
    clearTimeout(this.#idle);
    const worker = (this.#worker ??= new Worker(FILE, { resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES } }));
    worker.ref();
    try {
      const answer = await answerOf(worker, text);
      if (text.length > LARGE_CHARACTERS) this.close();
      else this.#rest(worker);
      return answer;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    clearTimeout(this.#idle);
    void this.#worker?.terminate();
    this.#worker = null;
  }

  #rest(worker: Worker): void {
    worker.unref();
    this.#idle = setTimeout(() => this.close(), IDLE_SECONDS * 1000).unref();
  }
}

async function answerOf(worker: Worker, text: string): Promise<DocumentAnswer> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<DocumentAnswer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', (error: NodeJS.ErrnoException) => reject(isOutOfMemory(error) ? tooDear('memory') : error));
      worker.once('exit', () => reject(new Error('The thread that reads documents ended without an answer.')));
      timer = setTimeout(() => reject(tooDear('time')), TIMEOUT_SECONDS * 1000);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, which has no origin
      worker.postMessage(text);
    });
  } finally {
    clearTimeout(timer);
    for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
    worker.on('error', () => undefined); // It may fail while it is being ended; nobody waits for it any more.
  }
}

function isOutOfMemory({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function tooDear(what: 'memory' | 'time'): DocumentError {
  return new DocumentError(`The document takes more ${what} to read than there is for one.`);
}
