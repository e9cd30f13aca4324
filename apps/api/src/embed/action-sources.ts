import { Injectable } from '@nestjs/common';
import type { TenantAppView } from '#libs/catalog';
import { readUpstreamActionId, remoteAppOf } from '#libs/upstream';
import type { ActionSource } from './action-source.js';
import { LocalActions } from './local-actions.js';
import { RemoteActions } from './remote-actions.js';

/** Who is to be asked about an action. */
@Injectable()
export class ActionSources {
  constructor(
    private readonly local: LocalActions,
    private readonly remote: RemoteActions,
  ) {}

  ofAction(id: string): ActionSource {
    return readUpstreamActionId(id) ? this.remote : this.local;
  }

  ofApp(app: TenantAppView): ActionSource {
    return remoteAppOf(app) ? this.remote : this.local;
  }
}
