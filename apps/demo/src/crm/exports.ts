import { randomBytes } from 'node:crypto';
import type { Clock } from '#libs/scheduling';
import { readFields, type Contact } from './contact.js';
import type { Contacts } from './contacts.js';
import { CrmError } from './crm-error.js';
import { listName } from './lists.js';
import { Shelf, type FileStore } from './store.js';

const keptSeconds = 24 * 60 * 60;
const kept = 500;

export interface ContactExport {
  id: string;
  format: 'csv' | 'json';
  list_id: string | null;
  /** Milliseconds since the epoch. */
  ready_at: number;
}

/** A job that takes a while. Only its end is stored, so that it goes on through a restart. */
export class Exports {
  private readonly shelf: Shelf<ContactExport>;

  constructor(
    store: FileStore,
    private readonly contacts: Contacts,
    private readonly clock: Clock,
    private readonly seconds: number,
  ) {
    this.shelf = new Shelf(store, 'export:');
  }

  start(body: unknown): ContactExport {
    const { format = 'csv', list_id: listId = null } = readFields(body);
    if (format !== 'csv' && format !== 'json') throw new CrmError(400, 'format must be csv or json.');
    if (listId !== null && typeof listId !== 'string') throw new CrmError(400, 'list_id must be text.');
    if (listId && !listName(listId)) throw new CrmError(400, `There is no list ${listId}.`);
    const readyAt = this.clock.now().getTime() + this.seconds * 1000;
    const started = {
      id: `exp_${randomBytes(16).toString('hex')}`,
      format,
      list_id: listId,
      ready_at: readyAt,
    } as const;
    this.shelf.set(started.id, started, keptSeconds);
    const ids = this.shelf.ids();
    this.shelf.delete(...ids.slice(0, Math.max(0, ids.length - kept)));
    return started;
  }

  get(id: string): ContactExport & { done: boolean; rows: Contact[] } {
    const found = this.shelf.get(id);
    if (!found) throw new CrmError(404, 'There is no such export.');
    const rows = this.contacts.find(found.list_id ? { listId: found.list_id } : {});
    return { ...found, done: found.ready_at <= this.clock.now().getTime(), rows };
  }
}

export function asFile(format: ContactExport['format'], rows: Contact[]): string {
  if (format === 'json') return JSON.stringify(rows, null, 2);
  const columns = ['id', 'email', 'first_name', 'last_name', 'list_id', 'stage', 'vip', 'notes', 'created_at'] as const;
  return [columns.join(','), ...rows.map((row) => columns.map((column) => cell(row[column])).join(','))].join('\r\n');
}

function cell(value: string | boolean | null): string {
  return `"${String(value ?? '').replaceAll('"', '""')}"`;
}
