import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import { newestMigration } from './newest-migration.js';

const ANSWER_WITHIN_MILLISECONDS = 2000;

/** Whether requests can be served: the database answers, and its schema has every migration that this build knows. */
@Injectable()
export class Readiness {
  constructor(private readonly database: Database) {}

  /** @returns a sentence for each thing that fails */
  async failing(): Promise<string[]> {
    try {
      const applied = await withinTime(
        this.database.query(`SELECT 1 FROM migrations WHERE name = $1`, [newestMigration]),
      );
      // One that a newer release has brought further is fine: it must serve both while processes are replaced one by one.
      return applied.length > 0 ? [] : [`The schema lacks "${newestMigration}". Run the migrations of this release.`];
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
