import type { TenantId } from '#libs/database';
import type { RunView } from './run-outcome.js';

/** One who waits for a run. Nothing that happens between taking it and `change` is missed. */
export class RunSubscription implements Disposable {
  #known: string | null = null;
  #isNotified = false;
  #isStopped = false;
  #wake: (() => void) | null = null;
  #ended: RunView | null = null;

  constructor(
    readonly tenantId: TenantId,
    private readonly remove: () => void,
  ) {}

  /**
   * Waits until the run may be in another state than `known`; then it is read again.
   * @returns false when there is no more waiting: the signal aborted, or the process ends
   */
  async change(known: string, signal: AbortSignal): Promise<boolean> {
    this.#known = known;
    if (!this.#isNotified && !this.#isStopped && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      this.#wake = null;
    }
    this.#isNotified = false;
    return !this.#isStopped && !signal.aborted;
  }

  /** The run as it ended, where that was in this process: it need not be read again. */
  get ended(): RunView | null {
    return this.#ended;
  }

  end(view: RunView): void {
    if (view.run.tenantId !== this.tenantId) return;
    this.#ended = view;
    this.notify();
  }

  /** The run was found in this state. */
  seen(state: string): void {
    if (this.#known !== null && this.#known !== state) this.notify();
  }

  notify(): void {
    this.#isNotified = true;
    this.#wake?.();
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
  }

  [Symbol.dispose](): void {
    this.remove();
  }
}
