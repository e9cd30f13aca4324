import { Injectable } from '@nestjs/common';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import { asTenantId } from '#libs/database';
import { BriefCache, Clock } from '#libs/scheduling';
import type { Run } from './run.entity.js';

/** Documents can be large: not every step reads one. An app that is switched off is felt this soon. */
const BELIEVED_SECONDS = 5;
const ENTRIES = 200;

/** The apps of runs under way, each in the version that the run began with; from memory for a moment. */
@Injectable()
export class RunApps {
  readonly #apps: BriefCache<TenantAppView | null>;

  constructor(
    private readonly catalog: TenantCatalog,
    clock: Clock,
  ) {
    const load = (name: string) => this.#load(name);
    this.#apps = new BriefCache({ load, seconds: BELIEVED_SECONDS, entries: ENTRIES, clock });
  }

  /** @returns null when its tenant no longer offers it */
  of({ tenantId, appId, appVersion }: Pick<Run, 'tenantId' | 'appId' | 'appVersion'>): Promise<TenantAppView | null> {
    return this.#apps.get(`${tenantId} ${appId} ${appVersion}`);
  }

  #load(name: string): Promise<TenantAppView | null> {
    const [tenantId = '', appId = '', version] = name.split(' ');
    return this.catalog.findVersion(asTenantId(tenantId), appId, Number(version));
  }
}
