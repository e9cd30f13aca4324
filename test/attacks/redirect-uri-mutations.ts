import { MUTATIONS } from '../oauth/redirect-uri-mutations.js';

export const REGISTERED = 'https://app.example/callback';

/** What parsers disagree about: separators, encodings, white space, what ends a host, and what looks like nothing. */
const SPLICED = [
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\0',
  '%00',
  '%0d%0a',
  '%20',
  '%2e',
  '%2f',
  '%5c',
  '%23',
  '%3f',
  '%40',
  '%ff',
  '%25',
  '.',
  '/',
  '\\',
  '@',
  ':',
  '?',
  '#',
  '&',
  ';',
  ',',
  '~',
  '*',
  '$',
  '|',
  '"',
  "'",
  '<',
  '{',
  '[',
  '`',
  '^',

  '\u200b',
  '\u202e',
  '\ufeff',
  '\u3002',
  '\uff0f',
  '\u00ad',
  '\u212a',
  'evil.example/',
  '.evil.example',
  '@evil.example',
];
/** Before the scheme, behind it, in the host, behind it, in the path and at the end. */
const PLACES = [0, 5, 8, 11, 19, 24, REGISTERED.length];

/** Over 300 ways to look like the registered URI and not be it. */
export function redirectUriMutations(): Set<string> {
  const spliced = PLACES.flatMap((at) => SPLICED.map((text) => REGISTERED.slice(0, at) + text + REGISTERED.slice(at)));
  const mutations = new Set([...MUTATIONS, ...spliced]);
  mutations.delete(REGISTERED);
  return mutations;
}
