/** The parts of the HTTP API, each with its own format of errors. */
export type Surface = 'oauth' | 'embed' | 'embed-v1' | 'admin' | 'pages';

/** Of the OAuth endpoints, those that a person looks at. */
const AUTHORIZATION_PAGES = /^\/(?:(?:oauth|v2)\/authorize|oauth\/(?:login|consent))(?:[/?]|$)/;

export function surfaceOf(path: string): Surface {
  if (AUTHORIZATION_PAGES.test(path) || path.startsWith('/oauth/upstream/')) return 'pages';
  if (path.startsWith('/oauth/')) return 'oauth';
  if (path.startsWith('/v2/')) return 'embed';
  if (path.startsWith('/v1/')) return 'embed-v1';
  if (path.startsWith('/to/') || path.startsWith('/connect/')) return 'pages';
  return 'admin';
}
