import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { signingAlgorithms, type KeyPolicy, type SigningAlgorithm, type SigningKey } from '#libs/signing-keys';
import { Optional } from '../http/optional.js';

const MONTH_SECONDS = 30 * 86_400;
const YEAR_SECONDS = 366 * 86_400;

/** What is left out is as the policy says. */
export class RotateKeyDto {
  @Optional()
  @IsIn(signingAlgorithms)
  alg?: SigningAlgorithm;

  /** 0: it signs at once. Only right where nobody can have cached the JWKS, or in an emergency. */
  @Optional()
  @IsInt()
  @Min(0)
  @Max(MONTH_SECONDS)
  activate_after_seconds?: number;

  @Optional()
  @IsInt()
  @Min(0)
  @Max(YEAR_SECONDS)
  overlap_seconds?: number;
}

export class KeyPolicyDto extends RotateKeyDto {
  /** Null: on demand only. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(3650)
  rotate_every_days?: number | null;
}

/** Only the members that were given. */
export function toPolicyChanges(dto: KeyPolicyDto): Partial<KeyPolicy> {
  const changes: Partial<KeyPolicy> = {
    alg: dto.alg,
    rotateEveryDays: dto.rotate_every_days,
    activateAfterSeconds: dto.activate_after_seconds,
    overlapSeconds: dto.overlap_seconds,
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

export function toPolicy({ alg, rotateEveryDays, activateAfterSeconds, overlapSeconds }: KeyPolicy) {
  return {
    alg,
    rotate_every_days: rotateEveryDays,
    activate_after_seconds: activateAfterSeconds,
    overlap_seconds: overlapSeconds,
  };
}

export function toKey(key: SigningKey) {
  return {
    kid: key.kid,
    alg: key.alg,
    state: key.state,
    activates_at: key.activatesAt,
    retires_at: key.retiresAt,
    revoked_at: key.revokedAt,
    first_used_at: key.firstUsedAt,
    last_used_at: key.lastUsedAt,
    created_at: key.createdAt,
  };
}
