/** What a person would do in a browser, where no browser is needed. */
type Decision<Yes extends string, No extends string> = { decision?: Yes | No };

/** @param url of the authorization endpoint, with its query @returns where the browser is sent */
export async function decideConsent(
  url: string,
  { decision = 'allow', account }: Decision<'allow', 'deny'> & { account?: string } = {},
): Promise<URL> {
  const response = await fetch(url, { redirect: 'manual' });
  const sent = response.headers.get('location');
  if (sent !== null) return new URL(sent);
  const page = await response.text();
  const id = /name="id" value="([^"]+)"/.exec(page)?.[1];
  if (id === undefined) throw new Error(`There is no consent page: ${response.status} ${page}`);
  const person = account ?? /name="account"[^>]* value="([^"]*)"/.exec(page)?.[1] ?? '';
  const body = new URLSearchParams({ id, decision, account: person });
  const answer = await fetch(new URL('/oauth/consent', url), { method: 'POST', body, redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? '');
}

/** What Connect ended with: a redirect, a message to the opener, or a page with an error. */
export type ConnectEnd = { location: URL } | { message: Record<string, unknown> } | { page: string };

/** @param url of a page of Connect, with its token */
export async function decideConnect(
  url: string,
  { decision = 'connect', title = '' }: Decision<'connect', 'decline'> & { title?: string } = {},
): Promise<ConnectEnd> {
  const first = await fetch(url, { redirect: 'manual' });
  const next = first.headers.get('location');
  const isPage = next === null && (await first.clone().text()).includes('data-zapier="connect"');
  if (!isPage && !next?.startsWith('/')) return endOf(first);
  const form = new URL(next ?? url, url);
  const body = new URLSearchParams({ decision, title });
  return endOf(await fetch(form, { method: 'POST', body, redirect: 'manual' }));
}

async function endOf(response: Response): Promise<ConnectEnd> {
  const location = response.headers.get('location');
  if (location !== null) return { location: new URL(location) };
  const page = await response.text();
  const message = /postMessage\((\{.*?\}),/.exec(page)?.[1];
  return message === undefined ? { page } : { message: JSON.parse(message) as Record<string, unknown> };
}
