import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Wakeups } from '#libs/database';
import { UpstreamCallbackKeys } from '#libs/upstream';
import { UpstreamsOfRuns } from './upstreams-of-runs.js';
import { RunJobs } from './run-jobs.store.js';
import { UpstreamCallbackAddress } from './upstream-callback-address.js';

/** `unverified`: the upstream's keys can't be had right now, so it should call again. */
export type CallbackReception = 'taken' | 'unknown' | 'forged' | 'unverified';

/** What upstreams tell us of runs. It is a hint, and nothing of it is believed: the run is looked at sooner. */
@Injectable()
export class UpstreamCallbacks {
  constructor(
    private readonly address: UpstreamCallbackAddress,
    private readonly upstreams: UpstreamsOfRuns,
    private readonly jobs: RunJobs,
    private readonly keys: UpstreamCallbackKeys,
    private readonly wakeups: Wakeups,
  ) {}

  /** @param token of the address that was called @param signature the JWT that came along */
  async receive(token: string, signature: string, body: string): Promise<CallbackReception> {
    const called = await this.address.read(token);
    const upstream = called && (await this.upstreams.find(called));
    if (!called || !upstream) return 'unknown';
    const place = await this.jobs.remotePlace({ claim: { tenantId: called.tenantId, id: called.runId } });
    const bodyDigest = createHash('sha256').update(body).digest('base64url');
    const isGood = await this.keys.verify(upstream, { signature, bodyDigest, remoteRunId: place?.remoteId ?? null });
    if (isGood === null) return 'unverified';
    if (!isGood) return 'forged';
    if (await this.jobs.lookNow(called.tenantId, called.runId)) this.wakeups.send('run_jobs');
    return 'taken';
  }
}
