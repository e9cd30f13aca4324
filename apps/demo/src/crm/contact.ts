import { CrmError } from './crm-error.js';
import { listName } from './lists.js';

export const stages = ['lead', 'trial', 'customer'] as const;

export interface Contact {
  id: string;
  email: string;
  first_name: string | null;
  last_name: string | null;
  list_id: string;
  stage: (typeof stages)[number];
  vip: boolean;
  notes: string | null;
  created_at: string;
  created_by: string;
  created_with: string;
}

export type NewContact = Omit<Contact, 'id' | 'created_at' | 'created_by' | 'created_with'>;

/** @throws CrmError 400 with one sentence about the first thing that is wrong. */
export function readContact(body: unknown): NewContact {
  const fields = readFields(body);
  const email = text(fields, 'email', 254);
  if (!email || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) throw wrong('email must be an e-mail address.');
  const listId = text(fields, 'list_id', 64);
  if (!listId) throw wrong('list_id is required.');
  if (!listName(listId)) throw wrong(`There is no list ${listId}.`);
  const vip = fields.vip ?? false;
  if (typeof vip !== 'boolean') throw wrong('vip must be true or false.');
  return {
    email,
    first_name: text(fields, 'first_name', 100),
    last_name: text(fields, 'last_name', 100),
    list_id: listId,
    stage: readStage(fields.stage),
    vip,
    notes: text(fields, 'notes', 4000),
  };
}

export function readFields(body: unknown): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw wrong('Send a JSON object.');
  return { ...body };
}

/** As typed, or the address of somebody who gave no name. */
export function displayName(contact: NewContact): string {
  return [contact.first_name, contact.last_name].filter(Boolean).join(' ') || contact.email;
}

function readStage(value: unknown): Contact['stage'] {
  const stage = stages.find((known) => known === (value ?? 'lead'));
  if (!stage) throw wrong(`stage must be one of ${stages.join(', ')}.`);
  return stage;
}

function text(fields: Record<string, unknown>, name: string, max: number): string | null {
  const value = fields[name] ?? '';
  if (typeof value !== 'string') throw wrong(`${name} must be text.`);
  if (value.length > max) throw wrong(`${name} must have at most ${max} characters.`);
  return value.trim() || null;
}

function wrong(message: string): CrmError {
  return new CrmError(400, message);
}
