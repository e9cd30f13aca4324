import 'reflect-metadata';
import { DataSource, type MigrationInterface } from 'typeorm';
import { AdminKey, ConsoleSession } from '#libs/admin-keys';
import { AuditChain, AuditEntry } from '#libs/audit';
import { AuditCheckpoint } from '#libs/audit-chain';
import { App, AppOperation, AppVersion, TenantApp } from '#libs/catalog';
import { ConnectAttempt, ConnectLink } from '#libs/connect';
import {
  CallBudget,
  Connection,
  DueRevocation,
  OrphanedAnswer,
  RevocationJob,
  RevocationPart,
} from '#libs/connections';
import { SnakeNaming } from '#libs/database';
import { Event } from '#libs/events';
import { IdempotencyKey } from '#libs/idempotency';
import { RateCounter } from '#libs/limits';
import {
  AuthorizationAnswer,
  AuthorizationCode,
  AuthorizationEnd,
  AuthorizationGrant,
  AuthorizationRequest,
  Consent,
  Denial,
  RefreshToken,
} from '#libs/oauth';
import { RefreshCircuit } from '#libs/refresh';
import { Upstream, UpstreamApp, UpstreamBudget, UpstreamToken } from '#libs/upstream';
import { ActionDuration, Run, RunCallback, RunJob } from '#libs/runs';
import { Worker } from '#libs/scheduling';
import { SigningKey, SigningKeySet } from '#libs/signing-keys';
import { Client, Tenant, User } from '#libs/tenants';
import { JtiUse, TrustedKeySet, TrustedKeyUse } from '#libs/trusted-keys';
import { DataKey, Rewrap, RewrapPart, SealingKey, Tombstone, VaultSecret } from '#libs/vault';
import { Webhook, WebhookDelivery } from '#libs/webhooks';
import { Tenants1795305600000 } from './001-tenants.js';
import { Vault1795305601000 } from './002-vault.js';
import { SigningKeys1795305602000 } from './003-signing-keys.js';
import { TrustedKeys1795305603000 } from './004-trusted-keys.js';
import { AccessTokens1795305604000 } from './005-access-tokens.js';
import { Catalog1795305605000 } from './006-catalog.js';
import { Connections1795305606000 } from './007-connections.js';
import { ConnectAttempts1795305607000 } from './008-connect-attempts.js';
import { Runs1795305608000 } from './009-runs.js';
import { Audit1795392000000 } from './010-audit.js';
import { KeyRotation1795392001000 } from './011-key-rotation.js';
import { TrustedKeyRenewal1795392002000 } from './012-trusted-key-renewal.js';
import { SealedTokens1795478400000 } from './013-sealed-tokens.js';
import { Authorization1795478401000 } from './014-authorization.js';
import { RateLimits1795478402000 } from './015-rate-limits.js';
import { ClientSettings1795478403000 } from './016-client-settings.js';
import { VaultRotation1795564800000 } from './017-vault-rotation.js';
import { Refresh1795564802000 } from './018-refresh.js';
import { AuthorizationEnds1795564803000 } from './019-authorization-ends.js';
import { ConnectPage1795564804000 } from './020-connect-page.js';
import { Registry1795564805000 } from './021-registry.js';
import { NamesAndRevocations1795564806000 } from './022-names-and-revocations.js';
import { RefreshLifetime1795651200000 } from './023-refresh-lifetime.js';
import { AppVersions1795651203000 } from './024-app-versions.js';
import { RunExecution1795651203500 } from './025-run-execution.js';
import { RunRequests1795651204000 } from './026-run-requests.js';
import { Upstreams1795651205000 } from './027-upstreams.js';
import { UpstreamHealth1795651206000 } from './028-upstream-health.js';
import { UpstreamRuns1795651209000 } from './029-upstream-runs.js';
import { Webhooks1795651209500 } from './030-webhooks.js';
import { Administration1795651210000 } from './031-administration.js';
import { RevocationJobs1795651211000 } from './032-revocation-jobs.js';
import { RowSecurity1795651212000 } from './033-row-security.js';
import { AuditAppendOnly1795651213000 } from './034-audit-append-only.js';
import { tellingWhatTakesLong } from './long-work.js';
import { takeMigrationLock } from './migration-lock.js';
import { ShortLocks, withoutQueueing, type Progress } from './short-locks.js';
import { ConsoleSessions1795651214000 } from './035-console-sessions.js';
import { DisabledByOperator1795651215000 } from './036-disabled-by-operator.js';
import { AppPartsSeen1795651216000 } from './037-app-parts-seen.js';
import { RevocationTries1795651217000 } from './038-revocation-tries.js';

/** The one list of every entity: what the migrations together must amount to. */
const entities = [
  Tenant,
  Client,
  User,
  DataKey,
  VaultSecret,
  SealingKey,
  Tombstone,
  Rewrap,
  RewrapPart,
  AdminKey,
  ConsoleSession,
  AuditEntry,
  AuditChain,
  AuditCheckpoint,
  SigningKeySet,
  SigningKey,
  TrustedKeySet,
  TrustedKeyUse,
  JtiUse,
  Denial,
  AuthorizationRequest,
  AuthorizationAnswer,
  AuthorizationGrant,
  AuthorizationEnd,
  AuthorizationCode,
  RefreshToken,
  Consent,
  RateCounter,
  App,
  AppVersion,
  AppOperation,
  TenantApp,
  Connection,
  OrphanedAnswer,
  DueRevocation,
  RevocationJob,
  RevocationPart,
  Event,
  RefreshCircuit,
  Worker,
  ConnectAttempt,
  ConnectLink,
  Run,
  RunJob,
  RunCallback,
  IdempotencyKey,
  CallBudget,
  ActionDuration,
  Upstream,
  UpstreamApp,
  UpstreamToken,
  UpstreamBudget,
  Webhook,
  WebhookDelivery,
];

/** In order. A migration's class name ends with its time, as TypeORM wants it. */
export const migrations: (new () => MigrationInterface)[] = [
  Tenants1795305600000,
  Vault1795305601000,
  SigningKeys1795305602000,
  TrustedKeys1795305603000,
  AccessTokens1795305604000,
  Catalog1795305605000,
  Connections1795305606000,
  ConnectAttempts1795305607000,
  Runs1795305608000,
  Audit1795392000000,
  KeyRotation1795392001000,
  TrustedKeyRenewal1795392002000,
  SealedTokens1795478400000,
  Authorization1795478401000,
  RateLimits1795478402000,
  ClientSettings1795478403000,
  VaultRotation1795564800000,
  Refresh1795564802000,
  AuthorizationEnds1795564803000,
  ConnectPage1795564804000,
  Registry1795564805000,
  NamesAndRevocations1795564806000,
  RefreshLifetime1795651200000,
  AppVersions1795651203000,
  RunExecution1795651203500,
  RunRequests1795651204000,
  Upstreams1795651205000,
  UpstreamHealth1795651206000,
  UpstreamRuns1795651209000,
  Webhooks1795651209500,
  Administration1795651210000,
  RevocationJobs1795651211000,
  RowSecurity1795651212000,
  AuditAppendOnly1795651213000,
  ConsoleSessions1795651214000,
  DisabledByOperator1795651215000,
  AppPartsSeen1795651216000,
  RevocationTries1795651217000,
];

/**
 * Brings the schema of this database up to date. Any number of processes may call it at once: one migrates, the others wait for it.
 * @param progress told when it takes long, and why
 * @returns the names of the migrations that ran
 */
export async function runMigrations(url: string, progress: Progress = () => undefined): Promise<string[]> {
  const source = await migrationSource(url).initialize();
  const lock = source.createQueryRunner();
  try {
    await takeMigrationLock(lock);
    const before = await appliedMigrations(source);
    const migrate = async () => void (await source.runMigrations({ transaction: 'each' }));
    await tellingWhatTakesLong(source, () => withoutQueueing(migrate, progress), progress);
    return migrations.map(({ name }) => name).filter((name) => !before.has(name));
  } finally {
    if (lock.isTransactionActive) await lock.rollbackTransaction();
    await lock.release();
    await source.destroy();
  }
}

/** Undoes the newest migration that was run: in one transaction unless it does without, which TypeORM heeds on the way up only. */
export async function undoMigration(source: DataSource): Promise<void> {
  const [newest] = await source.query<{ name: string }[]>(`SELECT name FROM migrations ORDER BY id DESC LIMIT 1`);
  const own = source.migrations.find((migration) => migration.constructor.name === newest?.name)?.transaction;
  await source.undoLastMigration({ transaction: own === false ? 'none' : 'each' });
}

async function appliedMigrations(source: DataSource): Promise<Set<string>> {
  const table = await source.query<{ found: boolean }[]>(`SELECT to_regclass('migrations') IS NOT NULL AS found`);
  if (table[0]?.found !== true) return new Set();
  const rows = await source.query<{ name: string }[]>(`SELECT name FROM migrations`);
  return new Set(rows.map(({ name }) => name));
}

/** @param known the migrations of an older build, for a database as that one left it */
export function migrationSource(url: string, known = migrations): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    applicationName: 'gatehouse-migrate',
    entities,
    migrations: known,
    subscribers: [ShortLocks],
    namingStrategy: new SnakeNaming(),
    logging: false,
  });
}
