import { accountAppKey, type Upstream } from '#libs/upstream';

/** The one address that an upstream sends browsers back to, whatever they were there for: this is what is registered there. */
export function upstreamCallback(publicUrl: string, { name }: Pick<Upstream, 'name'>): string {
  return `${publicUrl}/oauth/upstream/${name}/callback`;
}

/** For the legacy implicit grant: its answer is in the fragment, which no server sees. */
export function upstreamFragment(publicUrl: string, { name }: Pick<Upstream, 'name'>): string {
  return `${publicUrl}/oauth/upstream/${name}/fragment`;
}

/** The name of the upstream whose account app has this key. Null for every other app: their keys have no colon. */
export function upstreamOfAccount(appKey: string): string | null {
  const [name = '', end] = appKey.split(':');
  return end !== undefined && accountAppKey({ name }) === appKey ? name : null;
}

/** The upstream's page for an app (protocol.md §5.1): also what its session code is bound to. */
export function connectPageAt({ connectUrl }: Pick<Upstream, 'connectUrl'>, remoteKey: string): URL {
  return new URL(`${connectUrl}/to/${encodeURIComponent(remoteKey)}`);
}

/** Of the pages of an upstream that may be open in our popup when it tells how it ended. */
export function upstreamOrigins({ connectUrl, tokenUrl, apiUrl, authorizeUrl }: Upstream): string[] {
  const urls = [connectUrl, tokenUrl, apiUrl, authorizeUrl].filter((url) => url !== null);
  return [...new Set(urls.map((url) => new URL(url).origin))];
}
