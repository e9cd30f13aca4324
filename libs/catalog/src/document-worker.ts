import { parentPort, workerData } from 'node:worker_threads';
import { DocumentError } from './document-error.js';
import { readApp } from './read-app.js';
import type { ReadApp } from './read-app.js';

/** What the thread answers: the app, or why the document is none. */
export type DocumentAnswer =
  { readonly app: ReadApp } | { readonly refusal: { readonly message: string; readonly pointer?: string } };

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, which has no origin
parentPort?.postMessage(await answer(workerData as string));

async function answer(text: string): Promise<DocumentAnswer> {
  try {
    return { app: await readApp(text) };
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    const { message, pointer } = error;
    return { refusal: { message, ...(pointer !== undefined && { pointer }) } };
  }
}
