import { isDeeper } from '#libs/json';
import { mergePatch } from './merge-patch.js';

export type Metadata = Record<string, unknown>;

const MAX_BYTES = 16 * 1024;
const MAX_KEYS = 50;
const MAX_DEPTH = 8;

/** @returns a sentence when it can't be kept as metadata */
export function metadataFault(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'metadata must be an object.';
  if (isDeeper(value, MAX_DEPTH)) return `metadata must not be nested deeper than ${MAX_DEPTH} levels.`;
  if (Object.keys(value).length > MAX_KEYS) return `metadata must have at most ${MAX_KEYS} keys.`;
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > MAX_BYTES) return 'metadata must be at most 16 KB as JSON.';
  return text.includes('\\u0000') ? 'metadata holds a character that can not be stored: NUL.' : null;
}

/** What a JSON Merge Patch makes of it; null for the patch takes all of it away. The patch is no deeper than metadata may be. */
export function mergedMetadata(metadata: Metadata, patch: Metadata | null): Metadata {
  return patch === null ? {} : (mergePatch(metadata, patch) as Metadata);
}

/** Whether a patch can be merged at all. Its size is not its result's: what takes keys away may name many. */
export function metadataPatchFault(patch: unknown): string | null {
  if (patch === null) return null;
  if (typeof patch !== 'object' || Array.isArray(patch)) return 'metadata must be an object, or null.';
  return isDeeper(patch, MAX_DEPTH) ? `metadata must not be nested deeper than ${MAX_DEPTH} levels.` : null;
}
