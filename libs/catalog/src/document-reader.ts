import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DocumentError } from './document-error.js';
import { DocumentThread } from './document-thread.js';
import { readApp } from './read-app.js';
import type { ReadApp } from './read-app.js';

/** Node can't load TypeScript in a thread: specs that run from the source read in their own. */
const isSource = import.meta.url.endsWith('.ts');

/**
 * Reads documents in a thread of their own: a large one takes seconds, in which the process goes on answering, and what a hostile one
 * takes of memory or time ends that thread alone. One at a time.
 */
@Injectable()
export class DocumentReader implements OnModuleDestroy {
  readonly #thread = new DocumentThread();
  #last: Promise<unknown> = Promise.resolve();

  /** @param text JSON or YAML @throws DocumentError */
  read(text: string): Promise<ReadApp> {
    const reading = this.#last.then(() => (isSource ? readApp(text) : this.#readInThread(text)));
    this.#last = reading.catch(() => undefined);
    return reading;
  }

  onModuleDestroy(): void {
    this.#thread.close();
  }

  async #readInThread(text: string): Promise<ReadApp> {
    const answer = await this.#thread.ask(text);
    if ('app' in answer) return answer.app;
    if ('failure' in answer) throw answer.failure;
    throw new DocumentError(answer.refusal.message, answer.refusal.pointer);
  }
}
