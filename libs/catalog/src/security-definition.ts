import { DocumentError } from './document-error.js';
import { isJsonObject, listMember, objectMember, ownMember, textMember } from './json.js';
import type { JsonObject } from './json.js';
import { toPointer } from './json-pointer.js';
import { readOauth2 } from './oauth2-definition.js';
import type { Oauth2Definition } from './oauth2-definition.js';
import { operationSites } from './operation-site.js';
import { resolve } from './reference.js';

/** A person reads it beside a form. */
const MAX_DESCRIPTION_LENGTH = 1000;

interface ApiKeyDefinition {
  readonly kind: 'apiKey';
  readonly in: 'header' | 'query' | 'cookie';
  readonly name: string;
  readonly title: string;
  /** Where it is too long for a title. */
  readonly description?: string;
}

/** The account is one at an upstream: connected there, and used through it. No document says so. */
interface UpstreamDefinition {
  readonly kind: 'upstream';
  readonly upstreamId: string;
  /** What the upstream calls the app: in its lists, and in the address of its Connect page. */
  readonly remoteId: string;
  readonly remoteKey: string;
}

/**
 * How an account of the app is connected. `title` of an API key is what a person is asked for; `description` is the document's own words on where
 * to find it.
 */
export type SecurityDefinition =
  | Oauth2Definition
  | ApiKeyDefinition
  | { readonly kind: 'basic'; readonly description?: string }
  | { readonly kind: 'bearer'; readonly description?: string }
  | { readonly kind: 'none' }
  | UpstreamDefinition;

/**
 * The first scheme that we can speak: of the document's `security` in its order, then of its operations', the one of most
 * operations first, and when none of them names any, of `securitySchemes`. A requirement of several schemes at once counts as one that we cannot. Throws
 * {@link DocumentError} when schemes are required and none is usable.
 */
export function readSecurity(document: JsonObject, serverUrl: string, extended: JsonObject): SecurityDefinition {
  const schemes = objectMember(objectMember(document, 'components'), 'securitySchemes');
  const names = requiredSchemes(document, Object.keys(schemes));
  if (names.length === 0) return { kind: 'none' };
  for (const name of names) {
    const pointer = toPointer(['components', 'securitySchemes', name]);
    const definition = readScheme(resolve(document, ownMember(schemes, name)), { name, pointer, serverUrl, extended });
    if (definition) return definition;
  }
  const supported = 'oauth2 with the authorizationCode flow, apiKey, http basic and http bearer';
  throw new DocumentError(`None of the security schemes (${names.join(', ')}) is supported: ${supported} are.`);
}

function requiredSchemes(document: JsonObject, declared: readonly string[]): string[] {
  const operations = [...operationSites(document)].flatMap(({ operation }) => schemeNames(operation));
  const uses = new Map<string, number>();
  for (const name of operations) uses.set(name, (uses.get(name) ?? 0) + 1);
  const byUses = [...uses].sort(([, one], [, other]) => other - one).map(([name]) => name);
  const named = [...new Set([...schemeNames(document), ...byUses])];
  return named.length > 0 || ownMember(document, 'security') !== undefined ? named : [...declared];
}

/** One name for each alternative; of an alternative that takes several schemes at once, a name that no scheme has. */
function schemeNames(node: JsonObject): string[] {
  const alternatives = listMember(node, 'security').filter(isJsonObject).map(Object.keys);
  return alternatives.filter((names) => names.length > 0).map((names) => names.join(' and '));
}

interface SchemeSource {
  readonly name: string;
  readonly pointer: string;
  readonly serverUrl: string;
  readonly extended: JsonObject;
}

function readScheme(scheme: JsonObject, source: SchemeSource): SecurityDefinition | undefined {
  const type = textMember(scheme, 'type');
  if (type === 'oauth2') return readOauth2(scheme, source.pointer, source.serverUrl, source.extended);
  if (type === 'apiKey') return readApiKey(scheme, source);
  const http = type === 'http' ? textMember(scheme, 'scheme')?.toLowerCase() : undefined;
  if (http !== 'basic' && http !== 'bearer') return undefined;
  const description = descriptionOf(scheme);
  return { kind: http, ...(description && { description }) };
}

function readApiKey(scheme: JsonObject, { name, pointer }: SchemeSource): ApiKeyDefinition | undefined {
  const place = textMember(scheme, 'in');
  const parameter = textMember(scheme, 'name');
  if ((place !== 'header' && place !== 'query' && place !== 'cookie') || !parameter) return undefined;
  if (place !== 'query' && !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(parameter)) {
    throw new DocumentError(`"${parameter}" cannot be the name of a ${place}.`, pointer);
  }
  const description = descriptionOf(scheme);
  const isTitle = description !== undefined && description.length <= 80 && !description.includes('\n');
  if (isTitle) return { kind: 'apiKey', in: place, name: parameter, title: description };
  return { kind: 'apiKey', in: place, name: parameter, title: name, ...(description && { description }) };
}

function descriptionOf(scheme: JsonObject): string | undefined {
  return textMember(scheme, 'description')?.trim().slice(0, MAX_DESCRIPTION_LENGTH) || undefined;
}
