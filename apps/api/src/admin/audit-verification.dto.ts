import { ArrayMaxSize, IsArray, IsInt, IsString, Length, Max, MaxLength, Min } from 'class-validator';
import type { Verified } from '#libs/audit-chain';
import { Optional } from '../http/optional.js';

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
  @Length(1, 100)
  cursor?: string;
}

/** @param slugs by id; a tenant that was deleted has none */
export function toVerified({ tenantId, entries, unchained, checkpoint, broken }: Verified, slug: string | null) {
  return {
    tenant_id: tenantId,
    tenant: slug,
    ok: broken === null,
    entries,
    unchained,
    checkpoint,
    broken: broken && { kind: broken.kind, sequence: broken.sequence, entry_id: broken.entryId },
  };
}
