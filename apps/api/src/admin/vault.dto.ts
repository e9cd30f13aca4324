import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsString, IsUUID, Length, ValidateNested } from 'class-validator';
import { asTenantId } from '#libs/database';
import type { BuriedTenant, Inventory, RewrapKind, RewrapStatus } from '#libs/vault';
import { IsMoment } from '../http/moment.js';
import { Optional } from '../http/optional.js';

export class RewrapDto {
  @Optional()
  @IsIn(['keep', 'replace'])
  data_keys?: RewrapKind;

  @Optional()
  @IsBoolean()
  dry_run?: boolean;
}

class TombstoneDto {
  @IsUUID()
  tenant_id!: string;

  @IsString()
  @Length(1, 63)
  slug!: string;

  @IsMoment()
  shredded_at!: string;
}

export class TombstonesDto {
  @IsArray()
  @ArrayMaxSize(10_000)
  @ValidateNested({ each: true })
  @Type(() => TombstoneDto)
  tombstones!: TombstoneDto[];
}

export function toVault({ keys, missing }: Inventory, rewrap: RewrapStatus | null, now: Date) {
  return {
    keys: keys.map((key, position) => ({ ...toRingKey(key), primary: position === 0 })),
    missing_keys: missing.map(toRingKey),
    rewrap: rewrap && toRewrap(rewrap, now),
  };
}

function toRingKey({ id, dataKeys }: Inventory['keys'][number]) {
  return { id, data_keys: dataKeys };
}

export function toRewrap(job: RewrapStatus, now: Date) {
  const seconds = ((job.finishedAt ?? now).getTime() - job.startedAt.getTime()) / 1000;
  const perSecond = seconds > 0 ? job.done / seconds : 0;
  const left = job.total - job.done - job.failed;
  const isRunning = job.state === 'running';
  return {
    id: job.id,
    state: job.state,
    data_keys: job.dataKeys,
    key_id: job.keyId,
    total: job.total,
    done: job.done,
    failed: job.failed,
    started_at: job.startedAt,
    finished_at: job.finishedAt,
    per_second: Math.round(perSecond * 10) / 10,
    eta_seconds: isRunning && perSecond > 0 ? Math.max(0, Math.ceil(left / perSecond)) : null,
  };
}

export function toTombstone({ tenantId, slug, shreddedAt }: BuriedTenant) {
  return { tenant_id: tenantId, slug, shredded_at: shreddedAt };
}

export function toBuriedTenants({ tombstones }: TombstonesDto): BuriedTenant[] {
  return tombstones.map(({ tenant_id: id, slug, shredded_at: shreddedAt }) => ({
    tenantId: asTenantId(id),
    slug,
    shreddedAt: new Date(shreddedAt),
  }));
}
