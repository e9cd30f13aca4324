import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import { newestMigration } from './newest-migration.js';

const ANSWER_WITHIN_MILLISECONDS = 2000;

/** Whether requests can be served: the database answers, and its schema is the newest that this build knows. */
@Injectable()
export class Readiness {
  constructor(private readonly database: Database) {}

  /** @returns a sentence for each thing that fails */
  async failing(): Promise<string[]> {
    try {
      const [row] = await withinTime(
        this.database.query<{ name: string }>(`SELECT name FROM migrations ORDER BY timestamp DESC, id DESC LIMIT 1`),
      );
      return row?.name === newestMigration
        ? []
        : [`The schema is at "${row?.name ?? 'nothing'}", not at "${newestMigration}".`];
    } catch {
      return ['The database does not answer.'];
    }
  }
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), ANSWER_WITHIN_MILLISECONDS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
