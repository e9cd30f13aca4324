import { parentPort } from 'node:worker_threads';
import { DocumentError } from './document-error.js';
import { readApp } from './read-app.js';
import type { ReadApp } from './read-app.js';

/** What the thread answers: the app, or why the document is none, or what else went wrong. */
export type DocumentAnswer =
  | { readonly app: ReadApp }
  | { readonly refusal: { readonly message: string; readonly pointer?: string } }
  | { readonly failure: unknown };

parentPort?.on('message', (text: string) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, which has no origin
  void answer(text).then((given) => parentPort?.postMessage(given));
});

async function answer(text: string): Promise<DocumentAnswer> {
  try {
    return { app: await readApp(text) };
  } catch (error) {
    if (!(error instanceof DocumentError)) return { failure: error };
    const { message, pointer } = error;
    return { refusal: { message, ...(pointer !== undefined && { pointer }) } };
  }
}
