import { Injectable } from '@nestjs/common';
import { Config } from '#libs/config';
import type { Tenant } from '#libs/tenants';
import { jwksUriOf, redirectUrisOf, UpstreamHealths, Upstreams, type Upstream } from '#libs/upstream';
import { toUpstream } from './upstream.dto.js';

/** Upstreams as operators see them: with how they fare, and what has to be registered there. */
@Injectable()
export class UpstreamViews {
  constructor(
    private readonly config: Config,
    private readonly upstreams: Upstreams,
    private readonly healths: UpstreamHealths,
  ) {}

  async of(slug: string, upstream: Upstream) {
    return toUpstream(
      upstream,
      await this.healths.of(upstream.tenantId, upstream.name),
      this.#addresses(slug, upstream),
    );
  }

  async list({ id, slug }: Pick<Tenant, 'id' | 'slug'>) {
    const healths = new Map((await this.healths.list(id)).map((health) => [health.upstreamId, health]));
    const upstreams = await this.upstreams.list(id);
    return upstreams.map((upstream) =>
      toUpstream(upstream, healths.get(upstream.id) ?? null, this.#addresses(slug, upstream)),
    );
  }

  #addresses(slug: string, upstream: Upstream) {
    const { publicUrl } = this.config;
    return { jwks_uri: jwksUriOf(publicUrl, slug), redirect_uris: redirectUrisOf(publicUrl, upstream) };
  }
}
