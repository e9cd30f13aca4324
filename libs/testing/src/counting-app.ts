import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CountingLog, CountingSettings } from './counting-app-log.js';

const SOURCES = join('libs', 'testing', 'src');
const START_SECONDS = 30;

/** Somebody else's app, in a process of its own, which counts what it carries out: the judge of what was done twice. */
export class CountingApp {
  private constructor(
    private readonly child: ChildProcess,
    readonly origin: string,
  ) {}

  static async start(settings: Partial<CountingSettings> = {}): Promise<CountingApp> {
    const loader = ['--import', `./${join(SOURCES, 'rotating-provider-loader.mjs')}`];
    const child = spawn(process.execPath, [...loader, join(SOURCES, 'counting-app-process.ts')], {
      env: { PATH: process.env.PATH },
      // It ends with the end of its input, which is ours to hold.
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const signal = AbortSignal.timeout(START_SECONDS * 1000);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line', { signal })) as [string];
    const app = new CountingApp(child, (JSON.parse(line) as { origin: string }).origin);
    await app.configure(settings);
    return app;
  }

  async configure(changes: Partial<CountingSettings>): Promise<void> {
    await this.#control('PATCH', changes);
  }

  log(): Promise<CountingLog> {
    return this.#control('GET');
  }

  /** Nothing was ever asked of it. */
  async forget(): Promise<void> {
    await this.#control('DELETE');
  }

  /** Ended by its owner's end too. */
  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  /** @param key of the app @returns an OpenAPI document, which asks for no credentials */
  document(key: string, extended: object = {}): object {
    const properties = { name: { type: 'string' }, seconds: { type: 'number' } };
    const requestBody = { content: { 'application/json': { schema: { type: 'object', properties } } } };
    const responses = { 200: { description: 'Done' } };
    const keyed = [{ name: 'Idempotency-Key', in: 'header', schema: { type: 'string' } }];
    return {
      openapi: '3.1.0',
      info: { title: 'Counting app', version: '1', 'x-gatehouse': { key } },
      'x-gatehouse': extended,
      servers: [{ url: this.origin }],
      paths: {
        '/plain': { post: { operationId: 'plain', requestBody, responses } },
        '/keyed': { post: { operationId: 'keyed', parameters: keyed, requestBody, responses } },
        '/polled': {
          post: { operationId: 'polled', requestBody, responses, 'x-gatehouse': { poll: { interval_seconds: 1 } } },
        },
        '/awaited': { post: { operationId: 'awaited', requestBody, responses } },
        '/read': { get: { operationId: 'read', responses } },
      },
    };
  }

  async #control(method: string, body?: unknown): Promise<CountingLog> {
    const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
    return (await (await fetch(`${this.origin}/control`, init)).json()) as CountingLog;
  }
}
