import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type ServiceProcess, startService, temporaryFolder, type TemporaryFolder } from '#libs/testing';

/** One process of the service. However often it ends, it comes back at the same port with the same DATA_DIR. */
export class Member {
  #service: ServiceProcess | undefined;
  readonly #pastLogs: string[] = [];

  private constructor(
    private readonly databaseUrl: string,
    private readonly folder: TemporaryFolder,
    private readonly env: Record<string, string>,
  ) {}

  static async start(databaseUrl: string, env: Record<string, string>): Promise<Member> {
    const folder = temporaryFolder('member');
    const port = String(await freePort());
    const member = new Member(databaseUrl, folder, { PORT: port, ...env, DATA_DIR: folder.path });
    try {
      await member.start();
    } catch (error) {
      folder.remove();
      throw error;
    }
    return member;
  }

  get url(): string {
    return `http://127.0.0.1:${this.env.PORT}`;
  }

  async start(): Promise<void> {
    this.#service = await startService({ databaseUrl: this.databaseUrl, env: this.env });
  }

  /** @returns how long it took to end, and its exit code: null when it had to be killed */
  async terminate(limitSeconds: number): Promise<{ seconds: number; code: number | null }> {
    const began = Date.now();
    const service = this.#end();
    const overdue = setTimeout(() => void service?.kill(), limitSeconds * 1000);
    const code = (await service?.stop()) ?? null;
    clearTimeout(overdue);
    return { seconds: (Date.now() - began) / 1000, code };
  }

  async kill(): Promise<void> {
    await this.#end()?.kill();
  }

  /** SIGSTOP or SIGCONT: as a machine that swaps, or a virtual one that is moved. SIGUSR2 is for what was put before the service. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void {
    if (this.#service) process.kill(this.#service.pid, signal);
  }

  /** Sealed answers that PostgreSQL has not acknowledged. */
  journal(): string[] {
    const folder = join(this.folder.path, 'refresh-journal');
    const files = existsSync(folder) ? readdirSync(folder) : [];
    return files.flatMap((name) => lines(join(folder, name)));
  }

  /** Of every process that it was. */
  logs(): string[] {
    return [...this.#pastLogs, ...(this.#service?.logs() ?? [])];
  }

  async close(): Promise<void> {
    await this.kill();
    this.folder.remove();
  }

  #end(): ServiceProcess | undefined {
    const service = this.#service;
    this.#service = undefined;
    this.#pastLogs.push(...(service?.logs() ?? []));
    return service;
  }
}

/** Of a file that may be gone by now. */
function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
