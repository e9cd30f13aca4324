import { randomBytes } from 'node:crypto';
import type { Clock } from '#libs/scheduling';
import { displayName, type Contact, type NewContact } from './contact.js';
import { Shelf, type FileStore } from './store.js';

const kept = 500;

/** Who added a contact, and with which application. */
interface Maker {
  by: string;
  with: string;
}

export class Contacts {
  private readonly shelf: Shelf<Contact>;

  constructor(
    store: FileStore,
    private readonly clock: Clock,
  ) {
    this.shelf = new Shelf(store, 'contact:');
    if (store.read('seeded')) return;
    for (const { daysAgo, ...contact } of firstContacts) {
      const at = new Date(clock.now().getTime() - daysAgo * 24 * 60 * 60 * 1000);
      this.insert(contact, { by: 'Tomas Reyes', with: 'Acme CRM' }, at);
    }
    store.set('seeded', {});
  }

  add(contact: NewContact, made: Maker): Contact {
    const added = this.insert(contact, made, this.clock.now());
    const ids = this.shelf.ids();
    this.shelf.delete(...ids.slice(0, Math.max(0, ids.length - kept)));
    return added;
  }

  /** Newest first. `query` is looked for in names and addresses, whatever the case. */
  find(filter: { query?: string; listId?: string } = {}): Contact[] {
    const query = filter.query?.trim().toLowerCase() ?? '';
    return this.shelf
      .list()
      .map(({ value }) => value)
      .toReversed()
      .filter((contact) => `${displayName(contact)} ${contact.email}`.toLowerCase().includes(query))
      .filter((contact) => !filter.listId || contact.list_id === filter.listId);
  }

  private insert(contact: NewContact, made: Maker, at: Date): Contact {
    const id = `con_${randomBytes(8).toString('hex')}`;
    const inserted = { id, ...contact, created_at: at.toISOString(), created_by: made.by, created_with: made.with };
    this.shelf.set(id, inserted);
    return inserted;
  }
}

const empty = { vip: false, notes: null };

const firstContacts: readonly (NewContact & { daysAgo: number })[] = [
  {
    ...empty,
    daysAgo: 41,
    email: 'm.okafor@fernhill.example',
    first_name: 'Michael',
    last_name: 'Okafor',
    list_id: 'lst_newsletter',
    stage: 'lead',
  },
  {
    ...empty,
    daysAgo: 23,
    email: 'ines@studio-azul.example',
    first_name: 'Inês',
    last_name: 'Carvalho',
    list_id: 'lst_partners',
    stage: 'customer',
  },
  {
    daysAgo: 12,
    email: 'priya.nair@lumenworks.example',
    first_name: 'Priya',
    last_name: 'Nair',
    list_id: 'lst_customers',
    stage: 'customer',
    vip: true,
    notes: 'Renews in March. Prefers a call.',
  },
  {
    ...empty,
    daysAgo: 3,
    email: 'jonas.weber@talberg.example',
    first_name: 'Jonas',
    last_name: 'Weber',
    list_id: 'lst_leads',
    stage: 'trial',
  },
];
