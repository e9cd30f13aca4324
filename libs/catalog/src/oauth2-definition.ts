import { DocumentError } from './document-error.js';
import { optionalText, optionalTexts } from './extension.js';
import { isJsonObject, objectMember, ownMember } from './json.js';
import type { JsonObject } from './json.js';
import { readRefresh, type RefreshDefinition } from './refresh-definition.js';
import { urlMember } from './server-url.js';

/** The authorization code flow. URLs are absolute http(s). */
export interface Oauth2Definition {
  readonly kind: 'oauth2';
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  readonly refreshUrl?: string;
  /** `x-gatehouse.issuer`: what its authorization responses name as `iss` (RFC 9207), compared exactly. */
  readonly issuer?: string;
  /** RFC 7009 endpoint: `x-gatehouse.revocation_url`. */
  readonly revocationUrl?: string;
  readonly scopes: readonly { readonly name: string; readonly description: string }[];
  /** `x-gatehouse.scopes`, or all of the flow's. */
  readonly requestedScopes: readonly string[];
  /** `x-gatehouse.refresh`. */
  readonly refresh?: RefreshDefinition;
}

/** RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ). */
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/** Undefined when the scheme has no authorization code flow. `extended` is the document's `x-gatehouse`. */
export function readOauth2(
  scheme: JsonObject,
  pointer: string,
  serverUrl: string,
  extended: JsonObject,
): Oauth2Definition | undefined {
  const flow = ownMember(objectMember(scheme, 'flows'), 'authorizationCode');
  if (!isJsonObject(flow)) return undefined;
  const place = `${pointer}/flows/authorizationCode`;
  const authorizationUrl = endpoint(flow, 'authorizationUrl', place, serverUrl);
  const tokenUrl = endpoint(flow, 'tokenUrl', place, serverUrl);
  if (!authorizationUrl || !tokenUrl) {
    throw new DocumentError('The authorizationCode flow needs an authorizationUrl and a tokenUrl.', place);
  }
  const refreshUrl = endpoint(flow, 'refreshUrl', place, serverUrl);
  const revocationUrl = endpoint(extended, 'revocation_url', '/x-gatehouse', serverUrl);
  const issuer = optionalText(extended, 'issuer', '');
  const refresh = readRefresh(extended);
  const scopes = Object.entries(objectMember(flow, 'scopes')).map(([name, description]) => ({
    name,
    description: typeof description === 'string' ? description : '',
  }));
  return {
    kind: 'oauth2',
    authorizationUrl,
    tokenUrl,
    ...(refreshUrl && { refreshUrl }),
    ...(issuer && { issuer }),
    ...(revocationUrl && { revocationUrl }),
    scopes,
    requestedScopes: scopeTokens(optionalTexts(extended, 'scopes', '') ?? scopes.map(({ name }) => name)),
    ...(refresh && { refresh }),
  };
}

/** RFC 6749 §3.1 and §3.2: "The endpoint URI MUST NOT include a fragment component." */
function endpoint(node: JsonObject, name: string, pointer: string, base: string): string | undefined {
  const url = urlMember(node, name, pointer, base);
  if (url?.includes('#')) throw new DocumentError(`The ${name} cannot have a fragment.`, `${pointer}/${name}`);
  return url;
}

function scopeTokens(scopes: readonly string[]): string[] {
  const wrong = scopes.find((scope) => !SCOPE_TOKEN.test(scope));
  if (wrong !== undefined) throw new DocumentError(`"${wrong}" is not a scope: one without spaces or quotes is.`);
  return [...new Set(scopes)];
}
