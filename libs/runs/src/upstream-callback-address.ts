import { Injectable } from '@nestjs/common';
import { Config } from '#libs/config';
import { asTenantId, isUuid, type TenantId } from '#libs/database';
import { Egress } from '#libs/egress';
import { Sealer } from '#libs/vault';
import type { UpstreamWork } from './upstream-work.js';

const PURPOSE = ['upstream-callback'] as const;
const CALLBACK_PATH = 'upstream-callbacks';
const HERE = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Of which run an upstream may tell us. */
export interface CalledRun {
  tenantId: TenantId;
  runId: string;
}

/** Addresses at which upstreams tell us that a run has ended. Whoever knows one knows nothing else. */
@Injectable()
export class UpstreamCallbackAddress {
  constructor(
    private readonly config: Config,
    private readonly egress: Egress,
    private readonly sealer: Sealer,
  ) {}

  /** @returns null where the upstream could not reach it: runs are looked at all the same */
  async of({ run, upstream }: Pick<UpstreamWork, 'run' | 'upstream'>): Promise<string | null> {
    if (!(await this.#isReachable(upstream.apiUrl))) return null;
    // One address for all tries: a request that is sent again with its idempotency key must be the same request.
    const token = this.sealer.sealAlike(PURPOSE, Buffer.from(JSON.stringify([run.tenantId, run.id])));
    return `${this.config.publicUrl}/${CALLBACK_PATH}/${token}`;
  }

  /** @returns null for a token that is none of ours */
  async read(token: string): Promise<CalledRun | null> {
    const opened = await this.sealer.open(PURPOSE, token);
    if (!opened) return null;
    const [tenantId = '', runId = ''] = JSON.parse(opened.toString('utf8')) as string[];
    return isUuid(tenantId) && isUuid(runId) ? { tenantId: asTenantId(tenantId), runId } : null;
  }

  /** An upstream on this very machine, in development, or by HTTPS from the outside: an address that it can't use makes it refuse the run. */
  async #isReachable(apiUrl: string): Promise<boolean> {
    const { publicUrl, production } = this.config;
    if (isHere(publicUrl)) return !production && isHere(apiUrl);
    if (new URL(publicUrl).protocol !== 'https:') return false;
    return this.egress.check(publicUrl).then(
      () => true,
      () => false,
    );
  }
}

function isHere(url: string): boolean {
  return HERE.test(new URL(url).hostname);
}
