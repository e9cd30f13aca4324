import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { Database, isStorable, newId } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { defineApp } from './app-definition.js';
import { App } from './app.entity.js';
import { DocumentError } from './document-error.js';
import { parseDocument } from './document.js';

/** All apps, of every source. */
@Injectable()
export class Apps {
  constructor(
    @InjectRepository(App) private readonly apps: Repository<App>,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Reads an OpenAPI document and stores the app, replacing one of the same key: its id, and so its connections, stay.
   * @param text JSON or YAML
   * @throws Problem document_invalid with the reason and the place
   */
  async register(text: string, source: App['source']): Promise<App> {
    const definition = await define(text);
    await this.database.query(
      `INSERT INTO apps (id, key, title, source, definition, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
       ON CONFLICT (key) DO UPDATE SET title = excluded.title, source = excluded.source, definition = excluded.definition,
         updated_at = excluded.updated_at
       WHERE apps.definition <> excluded.definition OR apps.source <> excluded.source`,
      [newId(), definition.key, definition.title, source, JSON.stringify(definition), this.clock.now()],
    );
    const app = await this.byKey(definition.key);
    if (!app) throw new Error('The app vanished while it was stored.');
    return app;
  }

  list(): Promise<App[]> {
    return this.apps.find({ order: { title: 'ASC', key: 'ASC' } });
  }

  async byKey(key: string): Promise<App | null> {
    return isStorable(key) ? this.apps.findOneBy({ key }) : null;
  }
}

async function define(text: string) {
  try {
    return defineApp(await parseDocument(text));
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    const source = error.pointer === undefined ? undefined : { source: { pointer: error.pointer } };
    throw problem('document_invalid', error.message, source);
  }
}
