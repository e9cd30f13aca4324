import { createHash } from 'node:crypto';
import { DocumentError, ExtensionError } from './document-error.js';
import type { FindKey } from './extension.js';
import { textMember } from './json.js';
import type { OperationSite } from './operation-site.js';

const MAX_LENGTH = 128;

/**
 * The key of each operation, `[A-Za-z0-9_.-]{1,128}` and unique: its `operationId`, or `method_path`. Partners store keys, so
 * a key never depends on the order of the document: where two become the same, those that had to be changed to be safe get
 * a digest of their method and path. Throws {@link DocumentError} for an `operationId` used twice (OpenAPI: "MUST be unique").
 */
export function operationKeys(sites: readonly OperationSite[]): Map<OperationSite, string> {
  refuseDuplicates(sites);
  const uses = new Map<string, number>();
  for (const site of sites) uses.set(plainKey(site), (uses.get(plainKey(site)) ?? 0) + 1);
  const keys = new Map<OperationSite, string>();
  for (const site of sites) {
    const key = plainKey(site);
    const isItsOwn = textMember(site.operation, 'operationId') === key;
    keys.set(site, isItsOwn || uses.get(key) === 1 ? key : withDigest(key, `${site.method} ${site.path}`));
  }
  return keys;
}

/** Finds an operation by its `operationId`, or by its key when it has none. */
export function keyFinder(keys: ReadonlyMap<OperationSite, string>): FindKey {
  const found = new Map<string, string>();
  for (const [site, key] of keys) found.set(textMember(site.operation, 'operationId') ?? key, key);
  return (operationId, pointer) => {
    const key = found.get(operationId);
    if (key === undefined) throw new ExtensionError(`There is no operation "${operationId}" in the document.`, pointer);
    return key;
  };
}

/** Where `x-gatehouse` names an operation. */
export interface OperationReference {
  readonly key: string;
  readonly pointer: string;
}

/** What `x-gatehouse` names must be an operation that can be called. */
export function checkReferences(
  references: readonly OperationReference[],
  operations: Readonly<Record<string, { readonly unsupported?: string }>>,
): void {
  for (const { key, pointer } of references) {
    const reason = operations[key]?.unsupported;
    if (reason !== undefined) throw new ExtensionError(`The operation "${key}" can not be called. ${reason}`, pointer);
  }
}

function refuseDuplicates(sites: readonly OperationSite[]): void {
  const seen = new Map<string, string>();
  for (const { operation, pointer } of sites) {
    const id = textMember(operation, 'operationId');
    if (id === undefined) continue;
    const earlier = seen.get(id);
    if (earlier !== undefined) {
      throw new DocumentError(`The operationId "${id}" is used twice: at ${earlier} and at ${pointer}.`, pointer);
    }
    seen.set(id, pointer);
  }
}

function plainKey({ operation, method, path }: OperationSite): string {
  const id = textMember(operation, 'operationId');
  const source = id ?? `${method.toLowerCase()}_${path.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '')}`;
  const safe = source.replace(/[^A-Za-z0-9_.-]+/g, '_');
  if (/^[_.-]*$/.test(safe) || safe === '__proto__') return withDigest('operation', source);
  return safe.length > MAX_LENGTH ? withDigest(safe, source) : safe;
}

function withDigest(key: string, source: string): string {
  const digest = createHash('sha256').update(source).digest('hex').slice(0, 10);
  return `${key.slice(0, MAX_LENGTH - digest.length - 1)}_${digest}`;
}
