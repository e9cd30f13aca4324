import { ArrayMaxSize, IsArray, IsInt, IsString, Length, Max, MaxLength, Min } from 'class-validator';
import type { ChainPlace, Verified } from '#libs/audit-chain';
import { asTenantId, isUuid } from '#libs/database';
import { problem } from '#libs/errors';
import { Optional } from '../http/optional.js';

/** What a place in a chain is stored as. */
const MOST_SEQUENCE = 2 ** 31 - 1;
/** Of chains in one answer. */
export const MOST_CHAINS = 1000;

export class VerifyAuditDto {
  /** A slug; without it every chain is followed, as many as one answer has room and time for. */
  @Optional()
  @IsString()
  @Length(1, 100)
  tenant?: string;

  /** Checkpoints of earlier answers, kept elsewhere. */
  @Optional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(4096, { each: true })
  checkpoints?: string[];

  @Optional()
  @IsInt()
  @Min(1)
  @Max(MOST_CHAINS)
  limit?: number;

  /** The next_cursor of an earlier answer. */
  @Optional()
  @IsString()
  @Length(1, 200)
  cursor?: string;
}

/** Of a chain that goes on: its length and its hash up to there. */
const REST = /^([^:]+):(\d{1,10}):([\da-f]{64})$/;

export function toCursor({ tenantId, rest }: ChainPlace): string {
  const place = rest === null ? tenantId : `${tenantId}:${rest.sequence}:${rest.hash.toString('hex')}`;
  return Buffer.from(place).toString('base64url');
}

/** @throws Problem invalid */
export function fromCursor(cursor: string): ChainPlace {
  const place = Buffer.from(cursor, 'base64url').toString();
  const [, id = place, sequence = '', hash = ''] = REST.exec(place) ?? [];
  if (!isUuid(id) || Number(sequence) > MOST_SEQUENCE) throw badCursor();
  const rest = sequence === '' ? null : { sequence: Number(sequence), hash: Buffer.from(hash, 'hex') };
  return { tenantId: asTenantId(id), rest };
}

export function badCursor(): Error {
  const sentence = 'cursor must be the next_cursor of an earlier answer to the same question.';
  return problem('invalid', sentence, { source: { pointer: '/cursor' } });
}

/** @param slugs by id; a tenant that was deleted has none */
export function toVerified({ tenantId, entries, rest, unchained, checkpoint, broken }: Verified, slug: string | null) {
  return {
    tenant_id: tenantId,
    tenant: slug,
    ok: broken === null,
    entries,
    complete: rest === null,
    unchained,
    checkpoint,
    broken: broken && { kind: broken.kind, sequence: broken.sequence, entry_id: broken.entryId },
  };
}
