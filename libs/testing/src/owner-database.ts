import { DataSource } from 'typeorm';
import { ScopedDatabase } from '#libs/database';

/** Every row of every table, by the role that owns them: what a test puts there and looks for, and what the service itself may not do. */
export function ownerDatabase(dataSource: DataSource): ScopedDatabase {
  return new ScopedDatabase(dataSource, { text: `SELECT set_config('role', 'none', true)`, values: [] });
}
