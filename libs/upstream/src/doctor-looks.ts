import { Injectable } from '@nestjs/common';
import { Config } from '#libs/config';
import { Egress, EgressError, type EgressResponse } from '#libs/egress';
import { Clock } from '#libs/scheduling';
import { PublishedKeys } from '#libs/signing-keys';
import { isObject } from './upstream-body.js';
import { jwksUriOf, redirectUrisOf } from './our-addresses.js';
import type { Upstream } from './upstream.entity.js';

/** A JWT says when it was made: servers allow a minute at most. */
const MAX_SKEW_SECONDS = 30;

export interface DoctorCheck {
  check: string;
  ok: boolean;
  detail: string;
}

/** What can be seen from outside of an upstream, and of us. */
@Injectable()
export class DoctorLooks {
  constructor(
    private readonly egress: Egress,
    private readonly published: PublishedKeys,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  async clockOf({ apiUrl, title }: Upstream): Promise<DoctorCheck> {
    const check = 'clock';
    const response = await this.#get(`${apiUrl}/v2/apps?limit=1`);
    if (response instanceof EgressError)
      return { check, ok: false, detail: `${apiUrl}: ${advised(response, 'api_url')}` };
    const theirs = Date.parse(response.headers.date ?? '');
    if (Number.isNaN(theirs)) return { check, ok: true, detail: `${title} does not say what time it is.` };
    const seconds = Math.round((this.clock.now().getTime() - theirs) / 1000);
    const ok = Math.abs(seconds) <= MAX_SKEW_SECONDS;
    const detail = `Our clock is ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} that of ${title}.`;
    return { check, ok, detail: ok ? detail : `${detail} Have it set by NTP.` };
  }

  /** As the upstream fetches it: by its public address. */
  async keysOf({ tenantId, apiUrl }: Upstream, slug: string): Promise<DoctorCheck> {
    const check = 'jwks';
    const uri = jwksUriOf(this.config.publicUrl, slug);
    if (isLoopback(uri) && !isLoopback(apiUrl))
      return {
        check,
        ok: false,
        detail: `${uri} can be read on this machine only: set PUBLIC_URL to the public origin.`,
      };
    const response = await this.#get(uri);
    if (response instanceof EgressError)
      return { check, ok: false, detail: `${uri}: ${advised(response, 'PUBLIC_URL')}` };
    const kid = (await this.published.byTenant(tenantId))?.active?.kid;
    if (response.status !== 200 || kid === undefined || !namesKey(response, kid))
      return {
        check,
        ok: false,
        detail: `${uri} answered ${response.status}, without the key that signs now. Look at PUBLIC_URL, and at what the proxy answers there.`,
      };
    return {
      check,
      ok: true,
      detail: `${uri} has the key that signs now.`,
    };
  }

  redirectUrisOf(upstream: Upstream): DoctorCheck {
    const uris = redirectUrisOf(this.config.publicUrl, upstream).join(', ');
    return { check: 'redirect_uris', ok: true, detail: `To be registered there: ${uris}` };
  }

  async connectPageOf({ connectUrl }: Upstream): Promise<DoctorCheck> {
    const check = 'connect_url';
    const response = await this.#get(connectUrl);
    if (response instanceof EgressError)
      return { check, ok: false, detail: `${connectUrl}: ${advised(response, 'connect_url')}` };
    const ok = response.status < 500;
    return { check, ok, detail: `${connectUrl} answered ${response.status}.${ok ? '' : ' Try again later.'}` };
  }

  async #get(url: string): Promise<EgressResponse | EgressError> {
    try {
      return await this.egress.request({ method: 'GET', url });
    } catch (error) {
      if (error instanceof EgressError) return error;
      throw error;
    }
  }
}

function advised({ message }: EgressError, setting: string): string {
  return `${message} Check ${setting}, the resolver and the firewall.`;
}

function namesKey({ body }: EgressResponse, kid: string): boolean {
  try {
    const set: unknown = JSON.parse(body.toString('utf8'));
    return isObject(set) && Array.isArray(set.keys) && set.keys.some((key) => isObject(key) && key.kid === kid);
  } catch {
    return false;
  }
}

function isLoopback(url: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
}
