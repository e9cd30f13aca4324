import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import {
  ConnectionImports,
  Identities,
  metadataFault,
  type ImportedConnection,
  type ImportOutcome,
} from '#libs/connections';
import { Database, isStorable, type TenantId } from '#libs/database';
import { Problem, Problems, problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { BodyPipe } from '../http/body-pipe.js';
import { readImportedCredentials } from './connections.credentials.js';
import { ImportedConnectionDto, type ImportConnectionsDto } from './connections.import.dto.js';
import { ImportVerification } from './connections.verification.js';

const itemBody = new BodyPipe(ImportedConnectionDto);

/** Third parties that are asked at the same time whether they take what is imported. */
const ASKED_AT_ONCE = 10;

interface ImportFailure {
  outcome: 'failed';
  reasons: { pointer?: string; detail: string }[];
}

type ImportResult = ImportOutcome | ImportFailure;
/** `verified`: whether its app was asked. */
type Prepared = { item: ImportedConnection; verified?: boolean } | ImportFailure;
type Prepare = (given: unknown) => Promise<Prepared>;

/** One import: each connection is checked, written and answered by itself. */
@Injectable()
export class ConnectionsImport {
  constructor(
    private readonly catalog: TenantCatalog,
    private readonly imports: ConnectionImports,
    private readonly identities: Identities,
    private readonly audit: Audit,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async run(
    tenantId: TenantId,
    { connections, dry_run: dryRun = false, verify = false }: ImportConnectionsDto,
    actor: Actor,
  ) {
    const prepare = this.#preparing(tenantId, verify);
    const results: (ImportResult & { index: number; external_id: string | null })[] = [];
    for (let first = 0; first < connections.length; first += ASKED_AT_ONCE) {
      const some = connections.slice(first, first + ASKED_AT_ONCE);
      // Those are asked together, and written one behind the other, in their order.
      const prepared = await Promise.all(some.map(prepare));
      for (const [at, one] of prepared.entries()) {
        const outcome = await this.#outcomeOf(tenantId, one, dryRun ? null : actor);
        results.push({ index: first + at, external_id: externalIdOf(some[at]), ...outcome });
      }
    }
    const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
    const counts = { created: count('created'), updated: count('updated'), failed: count('failed') };
    if (!dryRun) await this.#record(tenantId, actor, counts);
    return { dry_run: dryRun, ...counts, results };
  }

  #preparing(tenantId: TenantId, verify: boolean): Prepare {
    const apps = new Map<string, Promise<TenantAppView | null>>();
    const find = (key: string) => {
      const found = apps.get(key) ?? this.catalog.find(tenantId, key);
      apps.set(key, found);
      return found;
    };
    const verification = new ImportVerification(this.identities, this.clock.now());
    return (given) =>
      orFailure(async () => {
        const item = await this.#read(given, find);
        if (!verify) return { item };
        const verified = await verification.verify(item);
        return { item: verified ?? item, verified: verified !== null };
      });
  }

  /** @param actor null in a dry run. @throws what is not the connection's own fault: the whole can be sent again */
  #outcomeOf(tenantId: TenantId, prepared: Prepared, actor: Actor | null): Promise<ImportResult> {
    return orFailure(async () => {
      if ('outcome' in prepared) return prepared;
      const { item, ...facts } = prepared;
      const done = await (actor ? this.imports.import(tenantId, item, actor) : this.imports.tryOut(tenantId, item));
      return { ...done, ...facts };
    });
  }

  async #read(given: unknown, find: (app: string) => Promise<TenantAppView | null>): Promise<ImportedConnection> {
    const dto = await itemBody.transform(given);
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
    if (!app)
      throw problem('not_found', 'This tenant offers no such app. GET …/apps lists them.', {
        source: { pointer: '/app' },
      });
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
    return this.database
      .of(tenantId)
      .transaction((tx) => this.audit.record(tx, tenantId, { actor, action, details: counts }));
  }
}

async function orFailure<Result>(work: () => Promise<Result>): Promise<Result | ImportFailure> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problems) return failed(error.list);
    if (error instanceof Problem && error.status < 500) return failed([error]);
    throw error;
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
