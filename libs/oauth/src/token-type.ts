import { problem } from '#libs/errors';

export type SubjectTokenType = 'partner-jwt' | 'access-token';
export type RequestedTokenType = 'access-token' | 'connect-token' | 'browser-token';

const URN = 'urn:ietf:params:oauth:token-type:';
const BROWSER_TOKEN = 'urn:gatehouse:token-type:browser-token';

/** Both spellings are in use: Zapier's with a hyphen, RFC 8693's with an underscore (protocol.md C13). */
const SUBJECT_TYPES: Record<string, SubjectTokenType> = {
  [`${URN}external-jwt`]: 'partner-jwt',
  [`${URN}jwt`]: 'partner-jwt',
  [`${URN}access-token`]: 'access-token',
  [`${URN}access_token`]: 'access-token',
};

const REQUESTED_TYPES: Record<string, RequestedTokenType> = {
  [`${URN}access-token`]: 'access-token',
  [`${URN}access_token`]: 'access-token',
  [`${URN}connect-token`]: 'connect-token',
  [`${URN}session-code`]: 'connect-token',
  [BROWSER_TOKEN]: 'browser-token',
};

export const defaultRequestedType = `${URN}access-token`;

export function subjectTokenType(urn: string): SubjectTokenType {
  return lookUp(SUBJECT_TYPES, urn, 'subject_token_type');
}

export function requestedTokenType(urn: string): RequestedTokenType {
  return lookUp(REQUESTED_TYPES, urn, 'requested_token_type');
}

function lookUp<T>(types: Record<string, T>, urn: string, parameter: string): T {
  const type = Object.hasOwn(types, urn) ? types[urn] : undefined;
  if (type === undefined)
    throw problem(
      'invalid_request',
      `This ${parameter} is not supported. Use one of: ${Object.keys(types).join(' ')}.`,
    );
  return type;
}
