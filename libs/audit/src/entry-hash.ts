import { sha256 } from '#libs/crypto';
import type { AuditEntry } from './audit-entry.entity.js';

/** What the first link of a chain follows. */
export const CHAIN_START = Buffer.alloc(32);

/** Of an entry, what its link vouches for. */
export type LinkedFacts = Pick<
  AuditEntry,
  'tenantId' | 'id' | 'at' | 'actor' | 'address' | 'requestId' | 'action' | 'subject' | 'details'
>;

/**
 * SHA-256 over the entry and the hash of the one before it, as JSON with its members in order (RFC 8785): whoever has the rows can compute it
 * with any language's JSON. The place in the chain is no part of it: the hash before says what an entry follows.
 */
export function entryHash(previous: Buffer, entry: LinkedFacts): Buffer {
  return sha256(
    canonical({
      action: entry.action,
      actor: entry.actor,
      address: entry.address,
      at: entry.at.toISOString(),
      details: entry.details,
      id: entry.id,
      previous: previous.toString('hex'),
      request_id: entry.requestId,
      subject: entry.subject,
      tenant: entry.tenantId,
    }),
  );
}

/** @param value as JSON gave it */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  // By code units, as the RFC sorts, and as `<` compares.
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
