import { Injectable } from '@nestjs/common';
import { Config } from '#libs/config';
import { Database, Wakeups } from '#libs/database';
import { BriefCache, Clock } from '#libs/scheduling';
import { VaultInventory } from '#libs/vault';
import { LoopTurns } from './loop-turns.js';
import { newestMigration } from './newest-migration.js';

const ANSWER_WITHIN_MILLISECONDS = 2000;
/** It looks at every data key. */
const KEYRING_SECONDS = 60;

/** `warn`: something is worse than it should be, and requests are served all the same. */
export interface Check {
  status: 'ok' | 'warn' | 'fail';
  detail: string;
}

type CheckName = 'database' | 'schema' | 'keyring' | 'listen' | 'loops';

export type Checks = Partial<Record<CheckName, Check>>;

/** Whether requests can be served: the database answers, its schema has every migration that this build knows, and its secrets open. */
@Injectable()
export class Readiness {
  readonly #keyring: BriefCache<Check>;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly wakeups: Wakeups,
    private readonly inventory: VaultInventory,
    private readonly loops: LoopTurns,
    clock: Clock,
  ) {
    this.#keyring = new BriefCache({ load: () => this.#readKeyring(), seconds: KEYRING_SECONDS, entries: 1, clock });
  }

  async checks(): Promise<Checks> {
    const loops = this.config.roles.includes('worker') && { loops: this.#loops() };
    return { ...(await this.#stored()), listen: this.#listen(), ...loops };
  }

  async #stored(): Promise<Checks> {
    try {
      const [schema, keyring] = await withinTime(Promise.all([this.#schema(), this.#keyring.get('ring')]));
      return { database: ok('The database answers.'), schema, keyring };
    } catch {
      return { database: { status: 'fail', detail: 'The database does not answer.' } };
    }
  }

  async #schema(): Promise<Check> {
    const applied = await this.database.shared.query(`SELECT 1 FROM migrations WHERE name = $1`, [newestMigration]);
    // One that a newer release has brought further is fine: it must serve both while processes are replaced one by one.
    if (applied.length > 0) return ok('The schema has every migration of this release.');
    return { status: 'fail', detail: `The schema lacks "${newestMigration}". Run the migrations of this release.` };
  }

  /** Asked at the start too; since then another process, with another ring, may have wrapped keys. */
  async #readKeyring(): Promise<Check> {
    const { missing } = await this.inventory.read();
    if (missing.length === 0) return ok('The keyring has every key that is in use.');
    const names = missing.map(({ id }) => id).join(', ');
    return {
      status: 'fail',
      detail: `VAULT_KEYRING lacks ${names}, which wraps data keys in use. Give this process all keys.`,
    };
  }

  #listen(): Check {
    if (this.wakeups.isListening === false)
      return {
        status: 'warn',
        detail: 'Wake-ups do not arrive; what is due waits for the next tick, a second at most.',
      };
    return ok(this.wakeups.isListening ? 'Wake-ups arrive.' : 'This process waits for no wake-ups.');
  }

  #loops(): Check {
    const stalled = this.loops.stalled();
    if (stalled.length === 0) return ok('Every loop looks for what is due.');
    return {
      status: 'warn',
      detail: `Not looking for what is due: ${stalled.join(', ')}. See the log; if it lasts, start this process anew.`,
    };
  }
}

function ok(detail: string): Check {
  return { status: 'ok', detail };
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), ANSWER_WITHIN_MILLISECONDS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
