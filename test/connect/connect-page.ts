import { Browser } from '../../apps/demo/src/crm/test-client.js';
import { endOf, type ConnectEnd } from '../main-job/consent.js';
import type { EmbedUser } from '../main-job/embed-user.js';

/** What a person sees of one attempt, over HTTP and without script. */
export class ConnectPage {
  private constructor(
    readonly browser: Browser,
    /** `/connect/{id}` */
    readonly path: string,
    public html: string,
    public status: number,
  ) {}

  /** Opens Connect with a new session code. */
  static async open(
    user: EmbedUser,
    app: string,
    query: Record<string, string> = {},
    browser = new Browser(user.gatehouse.url),
  ): Promise<ConnectPage> {
    const token = await user.partner.sessionCode(user.token, app);
    return ConnectPage.at(`/to/${app.split('?')[0]}?${new URLSearchParams({ token, ...query }).toString()}`, browser);
  }

  static async at(link: string, browser: Browser): Promise<ConnectPage> {
    const opened = await browser.open(link);
    const path = opened.headers.get('location') ?? '';
    if (!path.startsWith('/connect/')) throw new Error(`${opened.status} ${path} ${await opened.text()}`);
    const page = new ConnectPage(browser, path, '', 0);
    await page.reload();
    return page;
  }

  get attempt(): string {
    return this.path.slice('/connect/'.length);
  }

  async reload(): Promise<void> {
    await this.#show(await this.browser.open(this.path));
  }

  /** The value of an input as the page has it. */
  valueOf(name: string): string | undefined {
    return new RegExp(`name="${name}"[^>]*?value="([^"]*)"`).exec(this.html)?.[1];
  }

  /** Sends one of the page's forms. */
  async send(form: 'credentials' | 'choice' | 'cancel', fields: Record<string, string>): Promise<Response> {
    const token = this.valueOf('form_token') ?? '';
    const response = await this.browser.open(`${this.path}/${form}`, { form_token: token, ...fields });
    if (response.status !== 303) await this.#show(response.clone());
    return response;
  }

  /** Follows a form's answer to the end: the message of the result page, or where the partner is told. */
  async ended(response: Response): Promise<ConnectEnd> {
    const location = response.headers.get('location') ?? '';
    return endOf(location.startsWith('/') ? await this.browser.open(location) : response);
  }

  async #show(response: Response): Promise<void> {
    this.status = response.status;
    this.html = await response.text();
  }
}
