import { keyOf, RIGHT } from '../../connect/keyed-app.js';
import { EmbedUser } from '../../main-job/embed-user.js';
import type { Partner } from '../../main-job/partner.js';
import type { Scenario } from '../../main-job/scenario.js';
import { addClient, Browser, locationOf, LOGIN_URL, pkce, setLoginUrl } from '../../oauth/authorization-scene.js';
import type { ScannedRequest } from './scanned-request.js';

interface Page {
  browser: Browser;
  path: string;
  formToken: string;
}

/**
 * What a person's browser sends from our pages, with its cookie and what the form needs: without them a request is refused before the rest of
 * it is looked at. The app of `keyOf('apiKey')` must be there.
 */
export async function pageRequests(scenario: Scenario, partner: Partner, mark: string): Promise<ScannedRequest[]> {
  const connect = await openConnect(scenario, partner);
  const consent = await openConsent(scenario, partner);
  const form = (page: Page, name: string, fields: Record<string, string>) => request('POST', page, mark, name, fields);
  return [
    request('GET', connect, mark),
    request('GET', connect, mark, '/on'),
    request('GET', consent, mark),
    // What the third party refuses, so that the page is as good for the next request.
    form(connect, '/credentials', { api_key: `not-${RIGHT.apiKey.api_key}` }),
    form(connect, '/choice', { choice: 'neither' }),
    form(connect, '/popup', { code: 'a', state: 'b', error: 'c' }),
    form(consent, '', { decision: 'later' }),
    // Last: it ends the attempt.
    form(connect, '/cancel', {}),
  ];
}

async function openConnect({ gatehouse }: Scenario, partner: Partner): Promise<Page> {
  const browser = new Browser(gatehouse, partner);
  const user = await EmbedUser.signIn(gatehouse, partner, 'paul');
  const app = keyOf('apiKey');
  const token = await partner.sessionCode(user.token, app);
  return pageAt(browser, locationOf(await browser.open(`/to/${app}?token=${token}`)).pathname);
}

async function openConsent({ gatehouse }: Scenario, partner: Partner): Promise<Page> {
  const browser = new Browser(gatehouse, partner);
  await setLoginUrl(gatehouse, partner, LOGIN_URL);
  const { clientId } = await addClient(gatehouse, partner);
  return pageAt(browser, await browser.signIn('paul', { client_id: clientId, ...pkce().parameters }));
}

async function pageAt(browser: Browser, path: string): Promise<Page> {
  const { text } = await browser.open(path);
  const formToken = /name="form_token" value="([^"]+)"/.exec(text)?.[1];
  if (formToken === undefined) throw new Error(`No form at ${path}: ${text}`);
  return { browser, path, formToken };
}

function request(
  method: string,
  { browser, path, formToken }: Page,
  mark: string,
  below = '',
  fields: Record<string, string> | null = null,
): ScannedRequest {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}${mark}`).join('; ');
  const marked = Object.entries({ form_token: formToken, ...fields }).map(([key, value]): [string, string] => [
    key,
    value + mark,
  ]);
  return {
    name: `${method} ${path.replace(/[^/]+$/, '{id}')}${below} in its browser`,
    method,
    target: `${path}${mark}${below}`,
    headers: { cookie, ...(fields && { 'content-type': 'application/x-www-form-urlencoded' }) },
    body: fields && new URLSearchParams(marked).toString(),
  };
}
