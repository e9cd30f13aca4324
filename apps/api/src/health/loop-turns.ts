import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { signals } from '#libs/telemetry';

/** Each looks every second, and a look is over in no more than the time that a statement may take. */
const PATIENCE_MILLISECONDS = 30_000;
/** These come to an end seldom. */
const SLOW = new Map([
  ['retention', 30 * 60_000],
  ['revocations', 60_000],
  ['revocation_jobs', 10 * 60_000],
  ['audit_chaining', 10 * 60_000],
  ['audit_checkpoints', 10 * 60_000],
]);

/** When the loops of this process last looked for what is due. */
@Injectable()
export class LoopTurns implements OnModuleInit, OnApplicationShutdown {
  readonly #endedAt = new Map<string, number>();
  #end: (() => void) | undefined;

  onModuleInit(): void {
    this.#end = signals.loopTurned.subscribe(({ loop, result }) => {
      if (result === 'ok' || !this.#endedAt.has(loop)) this.#endedAt.set(loop, performance.now());
    });
  }

  onApplicationShutdown(): void {
    this.#end?.();
  }

  /** Whole seconds since then. */
  ages(): Record<string, number> {
    const now = performance.now();
    return Object.fromEntries([...this.#endedAt].map(([loop, at]) => [loop, Math.floor((now - at) / 1000)]));
  }

  stalled(): string[] {
    const now = performance.now();
    return [...this.#endedAt]
      .filter(([loop, at]) => now - at > (SLOW.get(loop) ?? PATIENCE_MILLISECONDS))
      .map(([loop]) => loop)
      .sort();
  }
}
