import { Worker } from 'node:worker_threads';
import { Injectable } from '@nestjs/common';
import type { DocumentAnswer } from './document-worker.js';
import { DocumentError } from './document-error.js';
import { readApp } from './read-app.js';
import type { ReadApp } from './read-app.js';

const TIMEOUT_SECONDS = 30;
/** GitHub's document of 13 MB needs about a third of it. */
const HEAP_MEGABYTES = 512;
const FILE = new URL('./document-worker.js', import.meta.url);
/** Node can't load TypeScript in a thread: specs that run from the source read in their own. */
const isSource = import.meta.url.endsWith('.ts');

/**
 * Reads documents in a thread of their own: a large one takes seconds, in which the process goes on answering, and what a hostile one
 * takes of memory or time ends that thread alone. One at a time.
 */
@Injectable()
export class DocumentReader {
  #last: Promise<unknown> = Promise.resolve();

  /** @param text JSON or YAML @throws DocumentError */
  read(text: string): Promise<ReadApp> {
    const reading = this.#last.then(() => (isSource ? readApp(text) : readInThread(text)));
    this.#last = reading.catch(() => undefined);
    return reading;
  }
}

async function readInThread(text: string): Promise<ReadApp> {
  const answer = await inThread(text);
  if ('app' in answer) return answer.app;
  throw new DocumentError(answer.refusal.message, answer.refusal.pointer);
}

function inThread(text: string): Promise<DocumentAnswer> {
  const worker = new Worker(FILE, { workerData: text, resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES } });
  const answer = new Promise<DocumentAnswer>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', (error: NodeJS.ErrnoException) => reject(isOutOfMemory(error) ? tooDear('memory') : error));
    worker.once('exit', () => reject(new Error('The thread that reads documents ended without an answer.')));
  });
  const timer = setTimeout(() => worker.emit('error', tooDear('time')), TIMEOUT_SECONDS * 1000);
  return answer.finally(() => {
    clearTimeout(timer);
    void worker.terminate();
  });
}

function isOutOfMemory({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function tooDear(what: 'memory' | 'time'): DocumentError {
  return new DocumentError(`The document takes more ${what} to read than there is for one.`);
}
