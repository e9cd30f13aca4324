import { Injectable } from '@nestjs/common';
import { TenantCatalog, type TenantAppView } from '#libs/catalog';
import { asTenantId } from '#libs/database';
import { BriefCache, Clock } from '#libs/scheduling';
import type { Run } from './run.entity.js';

/** Documents can be large: not every step reads one. An app that is switched off is felt this soon. */
const BELIEVED_SECONDS = 5;
const ENTRIES = 200;

/** What a tenant has set for an app. The catalog holds definitions within bounds: what it lets go is not held here. */
interface HeldApp {
  settings: Omit<TenantAppView, 'definition'>;
  definition: WeakRef<TenantAppView['definition']>;
}

/** The apps of runs under way, each in the version that the run began with; from memory for a moment. */
@Injectable()
export class RunApps {
  readonly #apps: BriefCache<HeldApp | null>;

  constructor(
    private readonly catalog: TenantCatalog,
    clock: Clock,
  ) {
    const load = async (name: string) => held(await this.#load(name));
    this.#apps = new BriefCache({ load, seconds: BELIEVED_SECONDS, entries: ENTRIES, clock });
  }

  /** @returns null when its tenant no longer offers it */
  async of(run: Pick<Run, 'tenantId' | 'appId' | 'appVersion'>): Promise<TenantAppView | null> {
    const name = `${run.tenantId} ${run.appId} ${run.appVersion}`;
    const app = await this.#apps.get(name);
    if (app === null) return null;
    const definition = app.definition.deref();
    if (definition) return { ...app.settings, definition };
    this.#apps.forget(name);
    return this.#load(name);
  }

  #load(name: string): Promise<TenantAppView | null> {
    const [tenantId = '', appId = '', version] = name.split(' ');
    return this.catalog.findVersion(asTenantId(tenantId), appId, Number(version));
  }
}

function held(app: TenantAppView | null): HeldApp | null {
  if (app === null) return null;
  const { definition, ...settings } = app;
  return { settings, definition: new WeakRef(definition) };
}
