import { Browser } from '../../apps/demo/src/crm/test-client.js';
import type { Scenario } from './scenario.js';

/** How Connect ended for the browser: on its own page, with the message for the opener, or at the partner. */
export interface ConnectEnd {
  message?: Record<string, string>;
  /** Where the message may be delivered. */
  origins?: string[];
  location?: URL;
  page: string;
}

/** One person's browser: a cookie jar for Gatehouse and one for the CRM. */
export class ConnectBrowser {
  readonly gatehouse: Browser;
  readonly crm: Browser;

  constructor(scenario: Pick<Scenario, 'gatehouse' | 'crm'>) {
    this.gatehouse = new Browser(scenario.gatehouse.url);
    this.crm = new Browser(scenario.crm.url);
  }

  /** Opens the link with the session code. @returns the path of the consent page, after the redirect that drops the code */
  async open(code: string, query: Record<string, string> = {}): Promise<string> {
    const link = `/to/acme-crm?${new URLSearchParams({ token: code, ...query }).toString()}`;
    const response = await this.gatehouse.open(link);
    if (response.status !== 303) throw new Error(`${response.status} ${await response.text()}`);
    return response.headers.get('location') ?? '';
  }

  /** Presses Continue, and stops at the door of the third party. */
  async thirdPartyUrl(consentPath: string): Promise<string> {
    const page = await (await this.gatehouse.open(consentPath)).text();
    const start = /data-connect="continue"\s+href="([^"]+)"/.exec(page)?.[1];
    if (start === undefined) throw new Error(`No way on in ${page}`);
    return (await this.gatehouse.open(start)).headers.get('location') ?? '';
  }

  /** Signs in at the CRM and answers its question. @returns the callback that it sends the browser to */
  async answerCrm(thirdPartyUrl: string, button: 'allow' | 'deny' = 'allow'): Promise<URL> {
    return this.crm.answer(await this.crm.signIn(thirdPartyUrl), button);
  }

  /** From the session code to the end. */
  async connect(code: string, button: 'allow' | 'deny' = 'allow', query?: Record<string, string>): Promise<ConnectEnd> {
    const callback = await this.answerCrm(await this.thirdPartyUrl(await this.open(code, query)), button);
    return this.#keepBoth(await this.gatehouse.open(callback.href));
  }

  /** Where the account is connected already, it is connected once more. */
  async #keepBoth(response: Response): Promise<ConnectEnd> {
    const page = await response.clone().text();
    const action = /action="([^"]+\/choice)"/.exec(page)?.[1];
    const token = /name="form_token" value="([^"]+)"/.exec(page)?.[1];
    if (action === undefined || token === undefined) return endOf(response);
    const chosen = await this.gatehouse.open(action, { form_token: token, choice: 'both' });
    const location = chosen.headers.get('location') ?? '';
    return endOf(location.startsWith('/') ? await this.gatehouse.open(location) : chosen);
  }
}

export async function endOf(response: Response): Promise<ConnectEnd> {
  const page = await response.text();
  const location = response.headers.get('location');
  if (location !== null) return { page, location: new URL(location) };
  const message = /const message = (\{.*\});/.exec(page)?.[1];
  const origins = /for \(const origin of (\[.*?\])\)/.exec(page)?.[1];
  return { page, ...(message && { message: JSON.parse(message) }), ...(origins && { origins: JSON.parse(origins) }) };
}
