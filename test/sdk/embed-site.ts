import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Partner } from '../main-job/partner.js';
import { types } from '../main-job/partner.js';

export interface SiteOptions {
  /** Of the loopback. By default 127.0.0.1, which for a browser is another site than the localhost of Gatehouse and the CRM. */
  host: string;
  gatehouseUrl: string;
  /** Sent with every page. */
  headers?: Record<string, string>;
  timeoutSeconds?: number;
}

const SCOPES = 'profile zap zap:write connection:read connection:write action:run';

/**
 * A partner's product on an origin of its own: a page that embeds the SDK as it is served, and a backend that knows who is signed in by a cookie.
 * The page keeps what came of each call in `results`, and every message that reached it in `messages`.
 */
export class EmbedSite {
  partner: Partner | undefined;
  /** Tokens and session codes that its backend handed out. */
  readonly handedOut = { tokens: 0, codes: 0 };
  lastToken = '';
  private readonly server = createServer((request, response) => {
    void this.answer(request, response).catch((error: Error) => response.writeHead(500).end(error.message));
  });

  private constructor(private readonly options: SiteOptions) {}

  static async start(options: SiteOptions): Promise<EmbedSite> {
    const site = new EmbedSite(options);
    site.server.listen(0, '127.0.0.1');
    await once(site.server, 'listening');
    return site;
  }

  get origin(): string {
    return `http://${this.options.host}:${(this.server.address() as AddressInfo).port}`;
  }

  get slug(): string {
    return this.enrolled.slug;
  }

  get connected(): string {
    return `${this.origin}/connected`;
  }

  /** What to enrol a tenant with. */
  get registration(): { origins: string[]; redirect_uris: string[] } {
    return { origins: [this.origin], redirect_uris: [this.connected] };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private async answer({ url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(url, this.origin);
    const user = searchParams.get('user') ?? /user=(\w+)/.exec(headers.cookie ?? '')?.[1] ?? 'ada';
    if (pathname === '/' || pathname === '/connected') {
      const cookie = `user=${user}; Path=/; SameSite=Lax`;
      const own = { 'content-type': 'text/html; charset=utf-8', 'set-cookie': cookie, ...this.options.headers };
      response.writeHead(200, own).end(this.page());
    } else if (pathname === '/api/browser-token') {
      this.handedOut.tokens += 1;
      this.lastToken = await this.enrolled.browserToken(user, this.origin, SCOPES);
      this.json(response, { token: this.lastToken });
    } else if (pathname === '/api/session-code') {
      this.handedOut.codes += 1;
      this.json(response, await this.sessionCode(user, searchParams.get('app') ?? 'acme-crm'));
    } else response.writeHead(404).end();
  }

  async sessionCode(user: string, app = 'acme-crm'): Promise<{ code: string; attempt: string }> {
    const resource = `${this.options.gatehouseUrl}/to/${app}`;
    const answer = await this.enrolled.exchangeJwt(user, { requested_token_type: types.connectToken, resource });
    return { code: answer.at('access_token'), attempt: answer.at('attempt') };
  }

  private get enrolled(): Partner {
    if (!this.partner) throw new Error('The site has no partner yet.');
    return this.partner;
  }

  private json(response: ServerResponse, body: object): void {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private page(): string {
    const { gatehouseUrl, timeoutSeconds = 60 } = this.options;
    return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${this.options.host}</title><link rel="icon" href="data:,">
<button id="connect">Connect</button><button id="instead">Connect in this window</button>
<script type="module">
import { createEmbed, EmbedError } from '${gatehouseUrl}/connect.js';
const ask = async (path) => (await fetch(path)).json();
const baseUrl = '${gatehouseUrl}';
window.messages = [];
addEventListener('message', ({ origin, data }) => messages.push({ origin, data }));
window.results = [];
window.EmbedError = EmbedError;
window.embed = createEmbed({ baseUrl, getToken: async () => (await ask('/api/browser-token')).token, timeoutSeconds: ${timeoutSeconds} });
window.options = { app: 'acme-crm' };
window.start = async (changes = {}) => {
  const wanted = { sessionCode: () => ask('/api/session-code?app=' + options.app), ...options, ...changes };
  results.push(await embed.connect(wanted));
};
document.getElementById('connect').onclick = () => start();
document.getElementById('instead').onclick = () => results[0].redirect();
// Without a click, so that the browser blocks it.
if (location.hash === '#start') void start({ redirectUri: location.origin + '/connected' });
window.arrived = await embed.completeRedirect() ?? null;
document.body.dataset.ready = 'yes';
const resumed = await embed.resume();
if (resumed) results.push(resumed);
</script></html>`;
  }
}
