import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { PoolQueue } from './pool-queue.js';
import { OVER_TENANTS, scopeOf, SHARED } from './scope.js';
import { ScopedDatabase } from './scoped-database.js';

/**
 * Plain SQL over TypeORM's pool. Entities describe the schema; stores speak SQL, and say first whose rows they mean. PostgreSQL holds them
 * to it: a statement that forgot its tenant finds and changes no row of another.
 */
@Injectable()
export class Database {
  /** What belongs to no tenant. */
  readonly shared: ScopedDatabase;
  /** Every tenant's rows: claims, sweeps, figures, and finding out whose a request is. Each file that says this is in docs/decisions/0006-row-level-security.md. */
  readonly overTenants: ScopedDatabase;
  readonly #queue = new PoolQueue();

  constructor(private readonly dataSource: DataSource) {
    this.shared = new ScopedDatabase(dataSource, SHARED, this.#queue);
    this.overTenants = new ScopedDatabase(dataSource, OVER_TENANTS, this.#queue);
  }

  of(tenantId: string): ScopedDatabase {
    return new ScopedDatabase(this.dataSource, scopeOf(tenantId), this.#queue);
  }

  /** Connections, who waits for one, and for how long the first of those has. */
  get pool(): { size: number; used: number; waiting: number; waitedMilliseconds: number } {
    const { totalCount, idleCount, waitingCount } = (this.dataSource.driver as unknown as { master: Pool }).master;
    const waitedMilliseconds = this.#queue.longestMilliseconds;
    return { size: totalCount, used: totalCount - idleCount, waiting: waitingCount, waitedMilliseconds };
  }
}
