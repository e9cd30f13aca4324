import { inspect } from 'node:util';

export type Role = 'api' | 'worker';

export interface KeyringEntry {
  id: string;
  /** 32 bytes. */
  key: Buffer;
}

/** Where traces go. The headers may hold a secret. */
export interface TracingConfig {
  endpoint: string;
  headers: Record<string, string>;
  serviceName: string;
  sampledPart: number;
}

/** The whole configuration, read once and frozen. Holds secrets: it prints as `[config]`. */
export class Config {
  readonly production!: boolean;
  /** Undefined: an embedded PostgreSQL server is started in `dataDir`. */
  readonly databaseUrl!: string | undefined;
  /** The account that owns the tables; undefined: that of `databaseUrl` does. */
  readonly migrationDatabaseUrl?: string | undefined;
  readonly dataDir!: string;
  readonly host!: string;
  readonly port!: number;
  /** Origin that browsers and partners see, without a final slash. */
  readonly publicUrl!: string;
  readonly adminToken!: string;
  /** The first entry is the primary key: it wraps everything new. */
  readonly vaultKeyring!: readonly KeyringEntry[];
  /** Whether callers are held to rate limits: off for load tests only. */
  readonly rateLimits!: boolean;
  /** Addresses and CIDRs whose `X-Forwarded-For` is believed. */
  readonly trustedProxies!: readonly string[];
  /** CIDRs and host names exempt from the outbound guard. */
  readonly egressAllow!: readonly string[];
  readonly roles!: readonly Role[];
  readonly appsDir!: string;
  readonly logLevel!: string;
  /** Asked of who reads /metrics; undefined: nothing is. */
  readonly metricsToken?: string | undefined;
  /** Undefined: no trace is recorded. */
  readonly tracing?: TracingConfig | undefined;
  /** Hosts that are sent the ids of our traces. */
  readonly traceTo?: readonly string[];
  /** Files that were made because a secret was unset: shown to the newcomer. */
  readonly generatedFiles!: readonly string[];

  constructor(values: Omit<Config, 'toJSON' | 'with' | typeof inspect.custom>) {
    Object.assign(this, values);
    Object.freeze(this);
  }

  /** A copy with some values replaced: the embedded server's address, for one, is known only once it runs. */
  with(changes: Partial<Pick<Config, 'databaseUrl' | 'roles' | 'egressAllow'>>): Config {
    return Object.freeze(Object.assign(Object.create(Config.prototype) as Config, this, changes));
  }

  toJSON(): string {
    return '[config]';
  }

  [inspect.custom](): string {
    return '[config]';
  }
}
