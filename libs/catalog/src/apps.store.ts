import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { Audit, type Actor } from '#libs/audit';
import { sha256 } from '#libs/crypto';
import { Database, isStorable, newId, type Transaction } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock, secondsAfter } from '#libs/scheduling';
import { PLATFORM } from '#libs/tenants';
import { AppDefinitions } from './app-definitions.store.js';
import { App } from './app.entity.js';
import { breakingChanges, type BreakingChange } from './breaking-changes.js';
import { DocumentError } from './document-error.js';
import { DocumentReader } from './document-reader.js';
import type { SkippedOperation } from './operations.js';
import type { ReadApp } from './read-app.js';

/** No run lasts longer than a day, so none still needs a version that was superseded two days ago. */
const KEPT_SECONDS = 2 * 86_400;
/** To be raised when the same document would be read differently: then those that are stored are read again. */
const READING = 4;

export interface RegisteredApp extends Pick<App, 'id' | 'key' | 'title' | 'source' | 'version' | 'updatedAt'> {
  readonly actionKeys: readonly string[];
}

export interface Registration {
  readonly app: RegisteredApp;
  /** False for a file whose app was posted since: the posted document stands, also over a restart. */
  readonly isTaken: boolean;
  /** What of the version before is no longer so, for who relied on it. */
  readonly breaking: readonly BreakingChange[];
  readonly skipped: readonly SkippedOperation[];
}

interface StoredApp {
  readonly id: string;
  readonly version: number;
  /** The version before the one that was made: null where none was. */
  readonly before: number | null;
  readonly isTaken: boolean;
  /** Null: all is as it was. */
  readonly change: 'new' | 'changed' | null;
}

/** All apps that have a document. */
@Injectable()
export class Apps {
  #changes = 0;

  constructor(
    private readonly database: Database,
    private readonly definitions: AppDefinitions,
    private readonly reader: DocumentReader,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /**
   * Reads an OpenAPI document and stores the app. Of a key that exists it becomes a new version, unless it says the same as the current one:
   * the app's id, and so its connections, stay, and runs under way keep the version that they began with. A file changes no app that was
   * posted. What changes an app, which is every tenant's, is on the platform's record.
   * @param text JSON or YAML
   * @throws Problem document_invalid with the reason and the place
   */
  async register(text: string, source: App['source'], actor: Actor): Promise<Registration> {
    const documentDigest = sha256(`${READING} ${text}`);
    const same = await this.#current(documentDigest, source);
    if (same) return { app: same, isTaken: true, breaking: [], skipped: [] };
    const read = await this.#read(text);
    const stored = await this.database.overTenants.transaction(async (tx) => {
      const made = await this.#store(tx, read, { documentDigest, source });
      const { change, version } = made;
      const entry = { actor, action: 'app.registered', subject: read.summary.key } as const;
      if (change) await this.audit.record(tx, PLATFORM, { ...entry, details: { change, version, source } });
      return made;
    });
    this.#changes += 1;
    const { id, before, isTaken } = stored;
    const app = await this.#registered(id);
    if (!app) throw new Error('The app vanished while it was stored.');
    return { app, isTaken, breaking: before === null ? [] : await this.#breaking(app, before), skipped: read.skipped };
  }

  /** How many documents this process has stored: what was known of apps before is out of date when it differs. */
  get changes(): number {
    return this.#changes;
  }

  list(): Promise<RegisteredApp[]> {
    return this.#rows('WHERE app.tenant_id IS NULL ORDER BY app.title, app.key', []);
  }

  async byKey(key: string): Promise<App | null> {
    if (!isStorable(key)) return null;
    return this.database.shared.mapped((apps) => apps.findOneBy(App, { key, tenantId: IsNull() }));
  }

  async #read(text: string): Promise<ReadApp> {
    try {
      return await this.reader.read(text);
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      const at = error.pointer === undefined ? undefined : { source: { pointer: error.pointer } };
      throw problem('document_invalid', error.message, at);
    }
  }

  async #store(
    tx: Transaction,
    read: ReadApp,
    { documentDigest, source }: { documentDigest: Buffer; source: App['source'] },
  ): Promise<StoredApp> {
    const now = this.clock.now();
    const { key, title } = read.summary;
    const [created] = await tx.query<{ id: string }>(
      `INSERT INTO apps (id, key, title, source, version, created_at, updated_at) VALUES ($1, $2, $3, $4, 1, $5, $5)
       ON CONFLICT (key) WHERE tenant_id IS NULL DO NOTHING RETURNING id`,
      [newId(), key, title, source, now],
    );
    if (created) {
      await this.#insertVersion(tx, { appId: created.id, version: 1, documentDigest }, read);
      return { id: created.id, version: 1, before: null, isTaken: true, change: 'new' };
    }
    const [app] = await tx.query<{ id: string; version: number; source: App['source'] }>(
      `SELECT id, version, source FROM apps WHERE key = $1 AND tenant_id IS NULL FOR UPDATE`,
      [key],
    );
    if (!app) throw new Error('The app vanished while it was stored.');
    if (source === 'file' && app.source === 'admin') return { ...app, before: null, isTaken: false, change: null };
    const same = await tx.query(
      `UPDATE app_versions SET document_digest = $4 WHERE app_id = $1 AND version = $2 AND definition_digest = $3
       RETURNING version`,
      [app.id, app.version, Buffer.from(read.digest), documentDigest],
    );
    const version = same.length > 0 ? app.version : app.version + 1;
    await tx.query(`UPDATE apps SET title = $2, source = $3, version = $4, updated_at = $5 WHERE id = $1`, [
      app.id,
      title,
      source,
      version,
      now,
    ]);
    // From a file to a posted one: from here on no file changes it.
    const change = source === app.source ? null : 'changed';
    if (version === app.version) return { ...app, before: null, isTaken: true, change };
    await this.#supersede(tx, app);
    await this.#insertVersion(tx, { appId: app.id, version, documentDigest }, read);
    return { id: app.id, version, before: app.version, isTaken: true, change: 'changed' };
  }

  async #supersede(tx: Transaction, { id, version }: { id: string; version: number }): Promise<void> {
    const now = this.clock.now();
    await tx.query(`UPDATE app_versions SET superseded_at = $3 WHERE app_id = $1 AND version = $2`, [id, version, now]);
    await tx.query(`DELETE FROM app_versions WHERE superseded_at < $1`, [secondsAfter(now, -KEPT_SECONDS)]);
  }

  async #insertVersion(
    tx: Transaction,
    { appId, version, documentDigest }: { appId: string; version: number; documentDigest: Buffer },
    { summary, actions, operations, digest }: ReadApp,
  ): Promise<void> {
    await tx.query(
      `INSERT INTO app_versions (app_id, version, definition, actions, definition_digest, document_digest, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [appId, version, JSON.stringify(summary), actions, Buffer.from(digest), documentDigest, this.clock.now()],
    );
    await tx.query(
      `INSERT INTO app_operations (app_id, version, key, definition, outputs)
       SELECT $1, $2, key, definition::jsonb, outputs::jsonb
         FROM unnest($3::text[], $4::text[], $5::text[]) operation(key, definition, outputs)`,
      [
        appId,
        version,
        operations.map(({ key }) => key),
        operations.map(({ definition }) => definition),
        operations.map(({ outputs }) => outputs),
      ],
    );
  }

  async #breaking({ id, version }: RegisteredApp, before: number): Promise<readonly BreakingChange[]> {
    const [old, current] = await Promise.all(
      [before, version].map((one) => this.definitions.of({ id, version: one, tenantId: null })),
    );
    return old && current ? breakingChanges(old, current) : [];
  }

  async #current(documentDigest: Buffer, source: App['source']): Promise<RegisteredApp | undefined> {
    const [app] = await this.#rows('WHERE current.document_digest = $1 AND app.source = $2', [documentDigest, source]);
    return app;
  }

  async #registered(id: string): Promise<RegisteredApp | undefined> {
    const [app] = await this.#rows('WHERE app.id = $1', [id]);
    return app;
  }

  #rows(condition: string, parameters: readonly unknown[]): Promise<RegisteredApp[]> {
    return this.database.shared.query<RegisteredApp>(
      `SELECT app.id, app.key, app.title, app.source, app.version, app.updated_at AS "updatedAt",
              ARRAY(SELECT action->>'key' FROM jsonb_array_elements(current.actions) action) AS "actionKeys"
         FROM apps app JOIN app_versions current ON current.app_id = app.id AND current.version = app.version
       ${condition}`,
      parameters,
    );
  }
}
