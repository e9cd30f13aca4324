import { sha256 } from '#libs/crypto';
import type { ActionDefinition } from './action-definition.js';
import { defineApp } from './app-definition.js';
import type { AppSummary } from './app-definition.js';
import { parseDocument } from './document.js';
import type { SkippedOperation } from './operations.js';

/** An app as it is stored. What is large is JSON text: it goes to the database as it is, and passes between threads at the cost of a copy. */
export interface ReadApp {
  readonly summary: AppSummary;
  readonly actionKeys: readonly string[];
  readonly actions: string;
  readonly operations: readonly ReadOperation[];
  readonly skipped: readonly SkippedOperation[];
  /** SHA-256 of all of it. */
  readonly digest: Uint8Array;
}

interface ReadOperation {
  readonly key: string;
  readonly definition: string;
  readonly outputs: string;
}

/** @param text JSON or YAML @throws DocumentError */
export async function readApp(text: string): Promise<ReadApp> {
  const { actions, operations, outputs, skipped, ...summary } = defineApp(await parseDocument(text));
  const rows = Object.entries(operations).map(([key, definition]) => ({
    key,
    definition: JSON.stringify(definition),
    outputs: JSON.stringify(outputs[key] ?? []),
  }));
  const stored = { summary, actionKeys: keysOf(actions), actions: JSON.stringify(actions), operations: rows, skipped };
  return { ...stored, digest: sha256(JSON.stringify(stored)) };
}

function keysOf(actions: readonly ActionDefinition[]): string[] {
  return actions.map(({ key }) => key);
}
