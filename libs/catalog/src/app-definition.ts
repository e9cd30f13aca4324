import type { ActionDefinition, ActionType } from './action-definition.js';
import { DocumentError } from './document-error.js';
import { extension, optionalObject, optionalText, optionalTexts } from './extension.js';
import type { FindKey } from './extension.js';
import { objectMember, textMember } from './json.js';
import type { JsonObject } from './json.js';
import { checkReferences } from './operation-key.js';
import type { OperationDefinition } from './operation.js';
import { readOperations } from './operations.js';
import type { SkippedOperation } from './operations.js';
import type { OutputField } from './output-fields.js';
import { readRate } from './rate-definition.js';
import type { RateDefinition } from './rate-definition.js';
import type { OpenApiDocument } from './reference.js';
import { readSecurity } from './security-definition.js';
import type { SecurityDefinition } from './security-definition.js';
import { appServerUrl, urlMember } from './server-url.js';

/** What there is to say of an app besides what it can do. */
export interface AppSummary {
  readonly key: string;
  readonly title: string;
  readonly description: string;
  readonly image: string | null;
  readonly categories: readonly string[];
  /** Absolute, without a final slash. */
  readonly serverUrl: string;
  readonly security: SecurityDefinition;
  readonly identity: IdentityDefinition | null;
  readonly rate?: RateDefinition;
  /** Of the actions that are offered, each once. */
  readonly actionTypes: readonly ActionType[];
}

/** An app as a document describes it: plain JSON data. */
export interface AppDefinition extends AppSummary {
  /** Those that are offered, in document order. */
  readonly actions: readonly ActionDefinition[];
  /** Every operation, by key. Look one up with {@link findOperation}. */
  readonly operations: Readonly<Record<string, OperationDefinition>>;
}

export interface DefinedApp extends AppDefinition {
  /** What the response of each operation is made of, by key. Kept apart: few ask, and it is as large as all the rest. */
  readonly outputs: Readonly<Record<string, readonly OutputField[]>>;
  readonly skipped: readonly SkippedOperation[];
}

/** The operation whose response names the connected account; `id` and `title` are paths as `select` reads them. */
interface IdentityDefinition {
  readonly operationId: string;
  readonly id: string;
  readonly title: string;
}

/** Contract §6. Throws {@link DocumentError} for a document that is valid OpenAPI but no usable app. */
export function defineApp(document: OpenApiDocument): DefinedApp {
  const info = objectMember(document, 'info');
  const extended = { ...extension(document, ''), ...extension(info, '/info') };
  const title = textMember(info, 'title') ?? '';
  const serverUrl = appServerUrl(document);
  const security = readSecurity(document, serverUrl, extended);
  const reserved = security.kind === 'apiKey' ? [security] : [];
  const rate = readRate(extended);
  const { actions, operations, outputs, skipped, references, findKey } = readOperations(document, serverUrl, reserved);
  const identity = readIdentity(extended, findKey);
  checkReferences(references, operations);
  return {
    key: appKey(optionalText(extended, 'key', ''), title),
    title,
    description: textMember(info, 'description') ?? '',
    image: urlMember(extended, 'image', '/x-gatehouse', serverUrl) ?? null,
    categories: optionalTexts(extended, 'categories', '') ?? [],
    serverUrl,
    security,
    identity,
    ...(rate && { rate }),
    actionTypes: [...new Set(actions.map(({ type }) => type))],
    actions,
    operations,
    outputs,
    skipped,
  };
}

/** Own members only: an operation cannot be named like something that every object has. */
export function findOperation(app: Pick<AppDefinition, 'operations'>, key: string): OperationDefinition | undefined {
  return Object.hasOwn(app.operations, key) ? app.operations[key] : undefined;
}

function appKey(named: string | undefined, title: string): string {
  const key = named ?? slug(title);
  if (/^[a-z0-9][a-z0-9_-]{0,63}$/.test(key)) return key;
  if (named === undefined)
    throw new DocumentError('The title gives no key. Set "x-gatehouse.key" in "info".', '/info/title');
  throw new DocumentError(
    `"x-gatehouse.key" is "${named}": it must be 1 to 64 of a-z, 0-9, - and _.`,
    '/info/x-gatehouse',
  );
}

function slug(title: string): string {
  const ascii = title
    .normalize('NFKD')
    .replace(/\p{Mark}+/gu, '')
    .toLowerCase();
  return ascii
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 64)
    .replace(/-+$/, '');
}

function readIdentity(extended: JsonObject, findKey: FindKey): IdentityDefinition | null {
  const pointer = '/x-gatehouse/identity';
  const identity = optionalObject(extended, 'identity', '');
  if (!identity) return null;
  const operationId = optionalText(identity, 'operationId', pointer);
  if (operationId === undefined) throw new DocumentError('"x-gatehouse.identity" must name an "operationId".', pointer);
  const id = optionalText(identity, 'id', pointer) ?? 'id';
  return { operationId: findKey(operationId, pointer), id, title: optionalText(identity, 'title', pointer) ?? id };
}
