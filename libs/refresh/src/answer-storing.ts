import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { ConnectionRefreshes, Connections, LateAnswers, type Credentials, type SealedAnswer } from '#libs/connections';
import { KeyringError, type Secret } from '#libs/crypto';
import { AlteredSecretError } from '#libs/vault';
import { AnswerJournal, type JournalEntry } from './answer-journal.js';

const FIRST_PAUSE_MILLISECONDS = 100;
const LONGEST_PAUSE_MILLISECONDS = 2000;

/** Brings answers into the database: each ends in its place, kept beside another one, or revoked at the third party; never dropped. */
@Injectable()
export class AnswerStoring {
  readonly #log = new Logger('AnswerStoring');
  readonly #leaving = new AbortController();

  constructor(
    private readonly journal: AnswerJournal,
    private readonly connections: Connections,
    private readonly refreshes: ConnectionRefreshes,
    private readonly late: LateAnswers,
  ) {}

  /**
   * Writes the answer down, and stores it as soon as the database takes it.
   * @param written called in between, unless the disk did not take it
   */
  async store(answer: SealedAnswer, written?: () => void): Promise<void> {
    const entry = await this.journal.keep(answer);
    // One that could not be written keeps its place: a crash would lose it, and so no more of them are asked for.
    if (entry.segment) written?.();
    await this.#finish(entry, () => this.#settle(answer));
  }

  /** What an earlier process on this disk did not get to. */
  async storeLeft(): Promise<void> {
    const entries = await this.journal.left();
    if (entries.length > 0) this.#log.warn(`Storing ${entries.length} refresh answers that an earlier process left.`);
    await Promise.all(entries.map((entry) => this.#finish(entry, () => this.#settleLeft(entry.answer))));
  }

  /** No further tries: what is not stored by now stays in the journal, for the next start. */
  leave(): void {
    this.#leaving.abort();
  }

  async #finish(entry: JournalEntry, settle: () => Promise<void>): Promise<void> {
    for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(LONGEST_PAUSE_MILLISECONDS, pause * 2)) {
      try {
        await settle();
        break;
      } catch (cause) {
        if (isHopeless(cause)) return this.#giveUp(entry, cause);
        this.#log.warn({ msg: `The refresh of connection ${entry.answer.connectionId} is not stored yet.`, cause });
        if (this.#leaving.signal.aborted) return;
        await wait(pause, undefined, { signal: this.#leaving.signal }).catch(() => undefined);
      }
    }
    await this.journal.forget(entry);
  }

  /** Left on the disk, for somebody to look at: nothing else may wait for it. */
  async #giveUp(entry: JournalEntry, cause: unknown): Promise<void> {
    const path = await this.journal.setAside(entry);
    const where = path === null ? '' : ` It is left in ${path}.`;
    const msg = `The refresh of connection ${entry.answer.connectionId} can not be stored: it does not open, or is too old.${where}`;
    this.#log.error({ msg, cause });
  }

  /** Storing does not look inside, and a file may have been altered since. */
  async #settleLeft(answer: SealedAnswer): Promise<void> {
    const { tenantId, connectionId, spentVersion } = answer;
    const standing = await this.connections.credentials(tenantId, connectionId);
    // Refreshed again since: it was stored then, and only its file outlived that.
    if (standing && standing.version > spentVersion + 1) return;
    if (await this.refreshes.open(answer)) await this.#settle(answer);
  }

  /** Safe to repeat after it succeeded without our hearing of it. */
  async #settle(answer: SealedAnswer): Promise<void> {
    if (await this.refreshes.store(answer)) return;
    const { tenantId, connectionId } = answer;
    const credentials = await this.refreshes.open(answer);
    if (!credentials) return;
    const standing = await this.connections.credentials(tenantId, connectionId);
    if (standing && isSame(standing.value, credentials)) return;
    if (standing && (await this.refreshes.keepOrphan(answer, credentials))) {
      this.#log.warn(`Connection ${connectionId} was renewed elsewhere meanwhile; this answer is kept for a day.`);
      return;
    }
    // Disconnected while it was refreshed.
    const outcome = await this.late.revoke(answer, credentials);
    this.#log.warn(`Connection ${connectionId} is gone; the answer to its last refresh was revoked: ${outcome}.`);
  }
}

/** Trying again can't help: a lost key, an altered file, or values that the database refuses (SQLSTATE classes 22 and 23). */
function isHopeless(error: unknown): boolean {
  if (error instanceof KeyringError) return true;
  if (error instanceof QueryFailedError)
    return /^2[23]/.test((error.driverError as Error & { code?: string }).code ?? '');
  return error instanceof AlteredSecretError;
}

function isSame(one: Secret<Credentials>, other: Secret<Credentials>): boolean {
  const [a, b] = [one.reveal(), other.reveal()];
  return (
    a.kind === 'oauth2' && b.kind === 'oauth2' && a.refreshToken === b.refreshToken && a.accessToken === b.accessToken
  );
}
