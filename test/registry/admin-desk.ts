import type { Answer } from '../main-job/answer.js';
import type { RegistryScene } from './registry-scene.js';

export const SECRET = 'canary-secret';
export const PATH = '/admin/tenants/acme-notes/connections';

interface ListAnswer {
  connections: Record<string, unknown>[];
  next_cursor: string | null;
}
interface ImportAnswer {
  dry_run: boolean;
  created: number;
  updated: number;
  failed: number;
  results: { index: number; outcome: string; id?: string | null; external_id: string | null; reasons?: object[] }[];
}
interface ExportAnswer {
  bundle: string;
  count: number;
  unreadable: string[];
  next_cursor: string | null;
}
interface AuditRow {
  subject: string | null;
  actor: string;
  details: Record<string, unknown>;
}

/** A connection to import, with an API key. */
export const withKey = (user: string, changes: object = {}) => ({
  app: 'key-app',
  org: 'org-1',
  user,
  credentials: { kind: 'apiKey', value: `${SECRET}-${user}` },
  external_id: `ext-${user}`,
  ...changes,
});
export const withTokens = (user: string, credentials: object, changes: object = {}) =>
  withKey(user, { app: 'oauth-app', credentials: { kind: 'oauth2', ...credentials }, ...changes });

/** What an operator does with the connections of tenants. */
export class AdminDesk {
  constructor(private readonly scene: RegistryScene) {}

  call(method: string, path: string, json?: unknown): Promise<Answer> {
    const { gatehouse } = this.scene;
    return gatehouse.call(method, path, { bearer: gatehouse.adminToken, ...(json !== undefined && { json }) });
  }

  async list(query = '', path = PATH): Promise<ListAnswer> {
    return (await this.scene.gatehouse.admin('GET', `${path}${query}`)).json as ListAnswer;
  }

  async import(connections: unknown[], options: object = {}, path = PATH): Promise<ImportAnswer> {
    const body = { ...options, connections };
    return (await this.scene.gatehouse.admin('POST', `${path}/import`, body)).json as ImportAnswer;
  }

  async export(body: object, path = PATH): Promise<ExportAnswer> {
    return (await this.scene.gatehouse.admin('POST', `${path}/export`, body)).json as ExportAnswer;
  }

  /** Oldest first. */
  audited(action: string): Promise<AuditRow[]> {
    return this.scene.database.query<AuditRow>(
      `SELECT subject, actor, details FROM audit_entries WHERE action = $1 ORDER BY id`,
      [action],
    );
  }

  /** Everything that an import could write. */
  rows(): Promise<unknown[][]> {
    return Promise.all(
      ['connections', 'users', 'vault_secrets', 'events', 'audit_entries'].map((table) =>
        // An entry gets its place in the chain a moment after it was recorded.
        this.scene.database.query(
          `SELECT to_jsonb(row) - '{sequence,previous_hash,hash}'::text[] AS row FROM ${table} row ORDER BY 1`,
        ),
      ),
    );
  }

  secretsAnswered(): string[] {
    return this.scene.gatehouse.bodies.filter((body) => body.includes(SECRET));
  }
}
