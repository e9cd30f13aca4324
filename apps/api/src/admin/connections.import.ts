import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import { ConnectionImports, metadataFault, type ImportedConnection, type ImportOutcome } from '#libs/connections';
import { Database, isStorable, type TenantId } from '#libs/database';
import { Problem, Problems, problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { BodyPipe } from '../http/body-pipe.js';
import { readImportedCredentials } from './connections.credentials.js';
import { ImportedConnectionDto, type ImportConnectionsDto } from './connections.import.dto.js';

const item = new BodyPipe(ImportedConnectionDto);

interface ImportFailure {
  outcome: 'failed';
  reasons: { pointer?: string; detail: string }[];
}

type ImportResult = ImportOutcome | ImportFailure;

/** One import: each connection is checked, written and answered by itself. */
@Injectable()
export class ConnectionsImport {
  constructor(
    private readonly catalog: TenantCatalog,
    private readonly imports: ConnectionImports,
    private readonly audit: Audit,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async run(tenantId: TenantId, { connections, dry_run: dryRun = false }: ImportConnectionsDto, actor: Actor) {
    const apps = new Map<string, Promise<TenantAppView | null>>();
    const find = (key: string) => {
      const found = apps.get(key) ?? this.catalog.find(tenantId, key);
      apps.set(key, found);
      return found;
    };
    const results: (ImportResult & { index: number; external_id: string | null })[] = [];
    for (const [index, given] of connections.entries()) {
      const outcome = await this.#one(tenantId, given, find, dryRun ? null : actor);
      results.push({ index, external_id: externalIdOf(given), ...outcome });
    }
    const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
    const counts = { created: count('created'), updated: count('updated'), failed: count('failed') };
    if (!dryRun) await this.#record(tenantId, actor, counts);
    return { dry_run: dryRun, ...counts, results };
  }

  /** @param actor null in a dry run. @throws what is not the connection's own fault: the whole can be sent again */
  async #one(
    tenantId: TenantId,
    given: unknown,
    find: (app: string) => Promise<TenantAppView | null>,
    actor: Actor | null,
  ): Promise<ImportResult> {
    try {
      const imported = await this.#read(given, find);
      return await (actor ? this.imports.import(tenantId, imported, actor) : this.imports.tryOut(tenantId, imported));
    } catch (error) {
      if (error instanceof Problems) return failed(error.list);
      if (error instanceof Problem && error.status < 500) return failed([error]);
      throw error;
    }
  }

  async #read(given: unknown, find: (app: string) => Promise<TenantAppView | null>): Promise<ImportedConnection> {
    const dto = await item.transform(given);
    const {
      app: key,
      org,
      user,
      title,
      account,
      metadata,
      external_id: externalId,
      sharing,
      is_default,
      disabled,
    } = dto;
    const fault = metadata === undefined ? null : metadataFault(metadata);
    if (fault !== null) throw problem('invalid', fault, { source: { pointer: '/metadata' } });
    const texts = [key, org, user, title ?? '', externalId ?? '', account?.id ?? '', account?.title ?? ''];
    if (!texts.every(isStorable)) throw problem('invalid', 'A value holds a character that can not be stored: NUL.');
    const app = await find(key);
    if (!app) throw problem('not_found', 'This tenant offers no such app.', { source: { pointer: '/app' } });
    const own = await readImportedCredentials(app, dto.credentials, this.clock.now());
    const named = account && { id: account.id ?? null, title: account.title ?? null };
    return {
      app,
      org,
      user,
      ...own,
      title,
      account: named,
      metadata,
      externalId,
      sharing,
      isDefault: is_default,
      disabled,
    };
  }

  #record(tenantId: TenantId, actor: Actor, counts: Record<string, number>): Promise<void> {
    const action = 'connections.imported';
    return this.database.transaction((tx) => this.audit.record(tx, tenantId, { actor, action, details: counts }));
  }
}

function failed(problems: readonly Problem[]): ImportFailure {
  return {
    outcome: 'failed',
    reasons: problems.map(({ message, source }) => ({ ...source, detail: message })),
  };
}

/** So that the caller finds its own again, also where nothing else could be read. */
function externalIdOf(given: unknown): string | null {
  const id = typeof given === 'object' && given !== null ? (given as { external_id?: unknown }).external_id : undefined;
  return typeof id === 'string' ? id.slice(0, 255) : null;
}
