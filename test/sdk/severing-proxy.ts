import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A third party as it is, whose pages are sent with Cross-Origin-Opener-Policy: the browser cuts a window that shows one off from the page
 * that opened it, for good.
 */
export class SeveringProxy {
  private readonly server = createServer((request, response) => {
    const { method, url, headers } = request;
    const target = new URL(url ?? '/', this.origin);
    const forwarded = ask(target, { method: method ?? 'GET', headers: { ...headers, host: target.host } }, (answer) => {
      const { location } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, {
        ...answer.headers,
        ...(location !== undefined && { location: location.replace(this.origin, this.url) }),
        'cross-origin-opener-policy': 'same-origin',
      });
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    request.pipe(forwarded);
  });

  private constructor(private readonly origin: string) {}

  static async start(origin: string): Promise<SeveringProxy> {
    const proxy = new SeveringProxy(origin);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** The app's document, whose people sign in through this proxy. */
  through(document: unknown): unknown {
    return JSON.parse(JSON.stringify(document), (name, value: unknown) =>
      name === 'authorizationUrl' && typeof value === 'string' ? value.replace(this.origin, this.url) : value,
    );
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}
