import { ArrayMaxSize, IsArray, IsString, Length, MaxLength } from 'class-validator';
import type { Verified } from '#libs/audit-chain';
import { Optional } from '../http/optional.js';

export class VerifyAuditDto {
  /** A slug; without it every chain is followed. */
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
