import { Agent, request } from 'node:http';

export interface Sent {
  method: string;
  /** Path and query, escaped. */
  path: string;
  headers: Record<string, string | string[]>;
  body: Buffer | null;
}

export interface Received {
  status: number;
  text: string;
  milliseconds: number;
}

const MOST_READ = 1024 * 1024;

/** Plain HTTP: `fetch` would mend half of what is to be sent. A stream of events counts as answered with its head. */
export class HttpCalls {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor(private readonly origin: string) {}

  /** @throws after so many milliseconds without the whole answer, or when the connection breaks */
  send({ method, path, headers, body }: Sent, withinMilliseconds: number): Promise<Received> {
    const began = performance.now();
    const { hostname, port } = new URL(this.origin);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { method, path, headers, hostname, port, agent: this.#agent, signal: AbortSignal.timeout(withinMilliseconds) },
        (incoming) => {
          const chunks: Buffer[] = [];
          const end = () => {
            const text = Buffer.concat(chunks).subarray(0, MOST_READ).toString('utf8');
            resolve({ status: incoming.statusCode ?? 0, text, milliseconds: performance.now() - began });
          };
          if (incoming.headers['content-type']?.startsWith('text/event-stream')) {
            end();
            incoming.destroy();
          }
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('end', end);
          incoming.on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body ?? undefined);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
