import { DocumentError } from './document-error.js';
import { isJsonObject, listMember, objectMember, ownMember, textMember } from './json.js';
import type { JsonObject } from './json.js';
import { toPointer } from './json-pointer.js';

const MAX_URL_CHARACTERS = 2_000;

/** The app's base URL, absolute and without a final slash: `servers[0]` with its variables at their defaults. */
export function appServerUrl(document: JsonObject): string {
  const url = firstServer(document, '');
  if (url === undefined)
    throw new DocumentError('The document has no "servers", so its requests would have nowhere to go.');
  return url;
}

/** The first of a path's or an operation's own `servers`, relative to the app's; undefined when it has none. */
export function firstServer(node: JsonObject, pointer: string, base?: string): string | undefined {
  const server = listMember(node, 'servers')[0];
  if (!isJsonObject(server)) return undefined;
  const place = `${pointer}/servers/0`;
  const filled = (textMember(server, 'url') ?? '').replace(/\{([^{}]*)\}/g, (_, name: string) => {
    const value = textMember(ownMember(objectMember(server, 'variables'), name), 'default');
    if (value === undefined) throw new DocumentError(`The server's URL names {${name}}, which has no default.`, place);
    return value;
  });
  const url = absoluteUrl(filled, place, base);
  if (/[?#]/.test(filled)) throw new DocumentError("A server's URL cannot have a query or a fragment.", place);
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/** An http(s) URL without credentials. A relative one is resolved against the base (RFC 3986 §5). */
function absoluteUrl(reference: string, pointer: string, base?: string): URL {
  if (reference.length > MAX_URL_CHARACTERS)
    throw new DocumentError(`A URL of the document has more than ${MAX_URL_CHARACTERS} characters.`, pointer);
  const url = URL.canParse(reference, base) ? new URL(reference, base) : undefined;
  if (!url)
    throw new DocumentError(`"${reference}" is not an absolute URL, and there is none to resolve it against.`, pointer);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new DocumentError(`"${reference}" is not an http or https URL.`, pointer);
  }
  if (url.username || url.password) throw new DocumentError('A URL of the document holds credentials.', pointer);
  return url;
}

/** A URL member of the document, as text; undefined when it is absent. */
export function urlMember(node: JsonObject, name: string, pointer: string, base: string): string | undefined {
  const reference = textMember(node, name);
  return reference === undefined ? undefined : absoluteUrl(reference, pointer + toPointer([name]), base).href;
}
