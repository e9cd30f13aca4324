import { Injectable } from '@nestjs/common';
import { Database, type Queryable, type TenantId } from '#libs/database';
import { WeightedCache } from '#libs/scheduling';
import type { ActionDefinition } from './action-definition.js';
import type { AppDefinition, AppSummary } from './app-definition.js';
import type { OperationDefinition } from './operation.js';
import type { OutputField } from './output-fields.js';

/** Characters of JSON: some 32 to 64 MB. GitHub's operations are 2 million. */
const MEMORY_CHARACTERS = 32 * 1024 * 1024;

/** A version of an app, by who has found the app. */
export interface AppVersionPlace {
  id: string;
  version: number;
  /** Whose it is: null for everybody's. */
  tenantId: TenantId | null;
}

/**
 * The definitions of apps, by version. A version never changes, so one that was read is believed for as long as there is room for it; its
 * operations are kept as text, and read one at a time when they are asked for.
 */
@Injectable()
export class AppDefinitions {
  readonly #held = new WeightedCache<AppDefinition | null>({ maxWeight: MEMORY_CHARACTERS });

  constructor(private readonly database: Database) {}

  /** @returns null for a version that is gone */
  of(place: AppVersionPlace): Promise<AppDefinition | null> {
    const { tenantId, id, version } = place;
    return this.#held.get(`${tenantId ?? ''} ${id} ${version}`, () => this.#load(place));
  }

  /** What the responses of one operation are made of. Read from the database each time. */
  async outputs(place: AppVersionPlace, key: string): Promise<readonly OutputField[]> {
    const [row] = await this.#scope(place).query<{ outputs: OutputField[] }>(
      `SELECT outputs FROM app_operations WHERE app_id = $1 AND version = $2 AND key = $3`,
      [place.id, place.version, key],
    );
    return row?.outputs ?? [];
  }

  #scope({ tenantId }: AppVersionPlace): Queryable {
    return tenantId === null ? this.database.shared : this.database.of(tenantId);
  }

  async #load(place: AppVersionPlace): Promise<{ value: AppDefinition | null; weight: number }> {
    const { id, version } = place;
    const [row] = await this.#scope(place).query<{ definition: AppSummary; actions: string }>(
      `SELECT definition, actions::text FROM app_versions WHERE app_id = $1 AND version = $2`,
      [id, version],
    );
    if (!row) return { value: null, weight: 0 };
    const operations = await this.#scope(place).query<{ key: string; definition: string }>(
      `SELECT key, definition::text FROM app_operations WHERE app_id = $1 AND version = $2`,
      [id, version],
    );
    const weight = operations.reduce((sum, { definition }) => sum + definition.length, row.actions.length);
    const actions = JSON.parse(row.actions) as ActionDefinition[];
    return { value: { ...row.definition, actions, operations: readWhenAsked(operations) }, weight };
  }
}

function readWhenAsked(rows: readonly { key: string; definition: string }[]): Record<string, OperationDefinition> {
  const operations: Record<string, OperationDefinition> = {};
  for (const { key, definition } of rows) {
    const get = () => JSON.parse(definition) as OperationDefinition;
    Object.defineProperty(operations, key, { enumerable: true, get });
  }
  return operations;
}
