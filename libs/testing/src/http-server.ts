import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Answers a request; `response.destroy()` breaks the connection off. */
export type Answer = (request: ReceivedRequest, response: ServerResponse) => unknown;

/** Somebody else's server on 127.0.0.1, which remembers what it was asked. */
export interface HttpServer {
  origin: string;
  requests: ReceivedRequest[];
  /** Sets how every request from here on is answered, and forgets those so far. */
  answerWith(answer: Answer): void;
  close(): Promise<void>;
}

export async function startHttpServer(): Promise<HttpServer> {
  const requests: ReceivedRequest[] = [];
  let answer = notFound;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const received = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
      requests.push(received);
      answer(received, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answerWith: (next) => {
      answer = next;
      requests.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** A JSON answer. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const notFound: Answer = (_, response) => response.writeHead(404).end();
