import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { queryOnce } from '#libs/testing';

/** What the scanners are for: a server that puts what it is sent into SQL and into a page. They find both, or they find nothing anywhere. */
export class WeakServer implements AsyncDisposable {
  readonly #server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const name = searchParams.get('name') ?? '';
    const send = (status: number, body: string) =>
      response.writeHead(status, { 'content-type': 'text/html' }).end(body);
    if (pathname !== '/people') return send(200, '<a href="/people?name=ada">people</a>');
    queryOnce(this.databaseUrl, `SELECT 1 FROM tenants WHERE slug = '${name}'`).then(
      // Of several statements there are several answers.
      (rows: unknown) => send(200, `<p>${[rows].flat().length} called ${name}</p>`),
      (error: unknown) => send(500, String(error)),
    );
    return undefined;
  });

  private constructor(private readonly databaseUrl: string) {}

  static async start(databaseUrl: string): Promise<WeakServer> {
    const weak = new WeakServer(databaseUrl);
    await once(weak.#server.listen(0, '127.0.0.1'), 'listening');
    return weak;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}
