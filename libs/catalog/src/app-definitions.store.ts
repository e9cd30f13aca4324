import { Injectable } from '@nestjs/common';
import { Database } from '#libs/database';
import { WeightedCache } from '#libs/scheduling';
import type { ActionDefinition } from './action-definition.js';
import type { AppDefinition, AppSummary } from './app-definition.js';
import type { OperationDefinition } from './operation.js';
import type { OutputField } from './output-fields.js';

/** Characters of JSON: some 32 to 64 MB. GitHub's operations are 2 million. */
const MEMORY_CHARACTERS = 32 * 1024 * 1024;

/**
 * The definitions of apps, by version. A version never changes, so one that was read is believed for as long as there is room for it; its
 * operations are kept as text, and read one at a time when they are asked for.
 */
@Injectable()
export class AppDefinitions {
  readonly #held = new WeightedCache<AppDefinition | null>({ maxWeight: MEMORY_CHARACTERS });

  constructor(private readonly database: Database) {}

  /** @returns null for a version that is gone */
  of(appId: string, version: number): Promise<AppDefinition | null> {
    return this.#held.get(`${appId} ${version}`, () => this.#load(appId, version));
  }

  /** What the responses of one operation are made of. Read from the database each time. */
  async outputs(appId: string, version: number, key: string): Promise<readonly OutputField[]> {
    const [row] = await this.database.shared.query<{ outputs: OutputField[] }>(
      `SELECT outputs FROM app_operations WHERE app_id = $1 AND version = $2 AND key = $3`,
      [appId, version, key],
    );
    return row?.outputs ?? [];
  }

  async #load(appId: string, version: number): Promise<{ value: AppDefinition | null; weight: number }> {
    const [row] = await this.database.shared.query<{ definition: AppSummary; actions: string }>(
      `SELECT definition, actions::text FROM app_versions WHERE app_id = $1 AND version = $2`,
      [appId, version],
    );
    if (!row) return { value: null, weight: 0 };
    const operations = await this.database.shared.query<{ key: string; definition: string }>(
      `SELECT key, definition::text FROM app_operations WHERE app_id = $1 AND version = $2`,
      [appId, version],
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
