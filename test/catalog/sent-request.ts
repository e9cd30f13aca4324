import type { AppRequest, OperationDefinition } from '#libs/catalog';

type Sent = Record<'path' | 'query' | 'header', Map<string, string[]>>;

/** What stands in each place of a request, read as the server of the app would. */
export function sentIn(request: AppRequest, { path, serverUrl }: OperationDefinition): Sent {
  const url = new URL(request.url);
  const root = new URL(serverUrl).pathname.replace(/\/+$/, '');
  const names = [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
  const pattern = path
    .split(/\{[^{}]*\}/)
    .map((literal) => new URL(literal, 'http://x').pathname.slice(literal.startsWith('/') ? 0 : 1))
    .map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('([^/]*?)');
  const found = new RegExp(`^${pattern}$`).exec(url.pathname.slice(root.length));
  if (!found) throw new Error(`${url.pathname} is not ${path}`);
  return {
    path: new Map(names.map((name, index) => [name, [decodeURIComponent(found[index + 1] ?? '')]])),
    query: grouped(url.searchParams),
    header: new Map(Object.entries(request.headers).map(([name, value]) => [name, [value]])),
  };
}

/** By name, also of a form. */
export function grouped(pairs: URLSearchParams): Map<string, string[]> {
  return new Map([...new Set(pairs.keys())].map((name) => [name, pairs.getAll(name)]));
}
