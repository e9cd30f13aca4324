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

/** The parts of a multipart body, RFC 7578, by name; a file's in base64. */
export function partsOf(body: Buffer): Map<string, string[]> {
  const text = body.toString('latin1');
  const boundary = text.slice(0, text.indexOf('\r\n'));
  const parts = new Map<string, string[]>();
  for (const part of text.split(`${boundary}\r\n`).slice(1)) {
    const [head = '', ...rest] = part.split('\r\n\r\n');
    const data = Buffer.from(rest.join('\r\n\r\n').split(`\r\n${boundary}--`)[0]?.replace(/\r\n$/, '') ?? '', 'latin1');
    const name = Buffer.from(/; name="([^"]*)"/.exec(head)?.[1] ?? '', 'latin1').toString();
    const value = head.includes('; filename=') ? data.toString('base64') : data.toString();
    parts.set(name, [...(parts.get(name) ?? []), value]);
  }
  return parts;
}

/** By name, also of a form. */
export function grouped(pairs: URLSearchParams): Map<string, string[]> {
  return new Map([...new Set(pairs.keys())].map((name) => [name, pairs.getAll(name)]));
}
