import { existsSync, readFileSync } from 'node:fs';
import { secondsAfter, type Clock } from '#libs/scheduling';
import { writeAtomically } from '../write-atomically.js';

const lookSeconds = 10;

interface Entry {
  value: unknown;
  /** Milliseconds since the epoch; absent: kept for ever. */
  expiresAt?: number;
}

/**
 * Everything that Acme CRM remembers, in one JSON file. A change is on disk before `set` returns, so an answer that was
 * sent outlives a kill. The whole file is written each time: a demo holds kilobytes.
 */
export class FileStore {
  private readonly entries: Map<string, Entry>;
  private lookedAt: Date | undefined;

  /** @param path null to keep it in memory alone */
  constructor(
    private readonly path: string | null,
    private readonly clock: Clock,
  ) {
    const kept: [string, Entry][] = path !== null && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
    this.entries = new Map(kept);
  }

  /** As JSON: a reader may change what it gets. */
  read(key: string): string | undefined {
    const entry = this.entries.get(key);
    return entry && !this.expired(entry) ? JSON.stringify(entry.value) : undefined;
  }

  set(key: string, value: unknown, seconds?: number): void {
    const expiresAt = seconds === undefined ? undefined : this.clock.now().getTime() + seconds * 1000;
    this.entries.set(key, { value: JSON.parse(JSON.stringify(value)), ...(expiresAt && { expiresAt }) });
    this.save();
  }

  delete(keys: readonly string[]): void {
    for (const key of keys) this.entries.delete(key);
    if (keys.length > 0) this.save();
  }

  /** In the order in which they were first set. */
  keys(prefix: string): string[] {
    const now = this.clock.now();
    const found: string[] = [];
    for (const [key, entry] of this.entries) if (key.startsWith(prefix) && !this.expired(entry, now)) found.push(key);
    return found;
  }

  private save(): void {
    this.forgetExpired();
    if (this.path !== null) writeAtomically(this.path, JSON.stringify([...this.entries]));
  }

  /** At most once in a while: nobody gets to see what has expired, and under load most of the work would be looking through what has not. */
  private forgetExpired(): void {
    const now = this.clock.now();
    if (this.lookedAt && secondsAfter(this.lookedAt, lookSeconds) > now) return;
    this.lookedAt = now;
    for (const [key, entry] of this.entries) if (this.expired(entry, now)) this.entries.delete(key);
  }

  private expired(entry: Entry, now = this.clock.now()): boolean {
    return entry.expiresAt !== undefined && entry.expiresAt <= now.getTime();
  }
}

/** The entries of one kind. What is read is what this shelf wrote, so its type is taken on trust. */
export class Shelf<T extends object> {
  constructor(
    private readonly store: FileStore,
    private readonly prefix: string,
  ) {}

  get(id: string): T | undefined {
    const json = this.store.read(this.prefix + id);
    return json === undefined ? undefined : JSON.parse(json);
  }

  /** `seconds`: how long it is kept; for ever by default. */
  set(id: string, value: T, seconds?: number): void {
    this.store.set(this.prefix + id, value, seconds);
  }

  delete(...ids: readonly string[]): void {
    this.store.delete(ids.map((id) => this.prefix + id));
  }

  /** Oldest first. */
  ids(): string[] {
    return this.store.keys(this.prefix).map((key) => key.slice(this.prefix.length));
  }

  /** Oldest first. */
  list(): { id: string; value: T }[] {
    return this.ids().flatMap((id) => {
      const value = this.get(id);
      return value ? [{ id, value }] : [];
    });
  }
}
