import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sendCallback } from './callback.js';
import { Control } from './control.js';
import { EmulatorServer } from './server.js';
import { DEFAULT_PARTNER, type EmulatorOptions, type PartnerRegistration } from './settings.js';
import { World } from './world.js';

const SOURCES = join('libs', 'testing', 'src');
const START_SECONDS = 30;

type Commands = Control;
type Ask = (command: keyof Commands, argument: unknown) => Promise<unknown>;

/**
 * Zapier's end of its protocol for embedding, written from the published documents alone: a judge of what calls it. It runs here, or in a
 * process of its own that no end of ours stops.
 */
export class ZapierEmulator {
  private constructor(
    readonly origin: string,
    /** The first partner, as it was registered at the start. */
    readonly partner: PartnerRegistration,
    private readonly command: Ask,
    readonly close: () => Promise<void>,
  ) {}

  static async start(options: EmulatorOptions = {}): Promise<ZapierEmulator> {
    const { control, origin, close } = await startEmulator(options);
    const ask: Ask = async (command, argument) => copy(await call(control, command, copy(argument)));
    return new ZapierEmulator(origin, partnerOf(options), ask, close);
  }

  /** The same in a process of its own. It ends with its owner, at the latest. */
  static async startProcess(options: EmulatorOptions = {}): Promise<ZapierEmulator> {
    const loader = ['--import', `./${join(SOURCES, 'rotating-provider-loader.mjs')}`];
    const script = join(SOURCES, 'zapier-emulator', 'emulator-process.ts');
    const child = spawn(process.execPath, [...loader, script], {
      env: { PATH: process.env.PATH, EMULATOR_OPTIONS: JSON.stringify(options) },
      // It ends with the end of its input, which is ours to hold.
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const signal = AbortSignal.timeout(START_SECONDS * 1000);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line', { signal })) as [string];
    const { origin, control } = JSON.parse(line) as { origin: string; control: string };
    const ask: Ask = async (command, argument) => {
      const body = JSON.stringify(argument ?? {});
      const response = await fetch(`${control}/${command}`, { method: 'POST', body });
      const text = await response.text();
      if (!response.ok) throw new Error(`The emulator: ${text}`);
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    };
    return new ZapierEmulator(origin, partnerOf(options), ask, () => end(child));
  }

  get apiUrl(): string {
    return this.origin;
  }

  get tokenUrl(): string {
    return `${this.origin}/oauth/token/`;
  }

  get authorizeUrl(): string {
    return `${this.origin}/v2/authorize`;
  }

  /** Of the legacy flow. */
  get implicitUrl(): string {
    return `${this.origin}/oauth/authorize/`;
  }

  /** Connect is at `/to/{app}` under it. */
  get connectUrl(): string {
    return this.origin;
  }

  get jwksUrl(): string {
    return `${this.origin}/.well-known/jwks.json`;
  }

  /** Does what a client cannot: see `Control` for what there is. */
  async ask<Name extends keyof Commands>(
    command: Name,
    ...[argument]: Parameters<Commands[Name]>
  ): Promise<Awaited<ReturnType<Commands[Name]>>> {
    return (await this.command(command, argument)) as Awaited<ReturnType<Commands[Name]>>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

export async function startEmulator({ port = 0, host = '127.0.0.1', publicUrl, ...options }: EmulatorOptions) {
  const world = new World(options);
  world.runs.onEnd = (run) => void sendCallback(world, run);
  const server = new EmulatorServer(world, port, host);
  const listening = await server.listen();
  const origin = publicUrl ?? listening;
  world.origin = origin;
  const close = async () => {
    world.runs.close();
    await server.close();
  };
  return { control: new Control(world, server), origin, close };
}

/** @throws when there is no such command */
export async function call(control: Control, command: string, argument: unknown): Promise<unknown> {
  if (!Object.getOwnPropertyNames(Control.prototype).includes(command))
    throw new Error(`There is no command ${command}.`);
  const run = control[command as keyof Commands] as (this: Control, argument: unknown) => unknown;
  return run.call(control, argument ?? {});
}

const partnerOf = ({ partners: [first] = [] }: EmulatorOptions) => ({ ...DEFAULT_PARTNER, ...first });
const copy = (value: unknown): unknown => (value === undefined ? value : JSON.parse(JSON.stringify(value)));

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
