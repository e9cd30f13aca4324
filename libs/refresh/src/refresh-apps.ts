import { Injectable } from '@nestjs/common';
import { TenantCatalog, type Oauth2Definition, type RefreshRotation } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import { asTenantId, type TenantId } from '#libs/database';
import { Problem } from '#libs/errors';
import { BriefCache, Clock } from '#libs/scheduling';

/** A secret that the operator mends is used this soon. Documents can be large: not every refresh reads one. */
const BELIEVED_SECONDS = 5;
const ENTRIES = 1000;

/** How a tenant refreshes an app's tokens. */
export interface RefreshApp {
  definition: Oauth2Definition;
  /** Where its document says nothing, what is safe with every app. */
  rotation: RefreshRotation;
  clientId: string;
  clientSecret: Secret<string>;
}

/** What the refresh loop needs to know of apps, from memory for a moment. */
@Injectable()
export class RefreshApps {
  readonly #apps: BriefCache<RefreshApp | string>;

  constructor(
    private readonly catalog: TenantCatalog,
    clock: Clock,
  ) {
    const load = (name: string) => this.#load(name);
    this.#apps = new BriefCache({ load, seconds: BELIEVED_SECONDS, entries: ENTRIES, clock });
  }

  /** @returns a sentence when the app can't be asked */
  find(tenantId: TenantId, appId: string): Promise<RefreshApp | string> {
    return this.#apps.get(`${tenantId} ${appId}`);
  }

  async #load(name: string): Promise<RefreshApp | string> {
    const [tenantId = '', appId = ''] = name.split(' ');
    const app = await this.catalog.find(asTenantId(tenantId), appId);
    const definition = app?.definition.security;
    if (!app || definition?.kind !== 'oauth2') return 'The app is switched off or has no OAuth client.';
    try {
      const rotation = definition.refresh?.rotation ?? 'strict';
      return { definition, rotation, ...(await this.catalog.oauthClient(asTenantId(tenantId), app)) };
    } catch (error) {
      if (error instanceof Problem) return error.message;
      throw error;
    }
  }
}
