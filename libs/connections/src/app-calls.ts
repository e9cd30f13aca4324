import { Injectable } from '@nestjs/common';
import { buildRequest, type OperationDefinition, type TenantAppView } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import { Egress, type EgressResponse } from '#libs/egress';
import { applyCredentials } from './apply-credentials.js';
import type { Credentials } from './credentials.js';

const TIMEOUT_SECONDS = 30;

export interface AppCall {
  app: TenantAppView;
  operation: OperationDefinition;
  /** Checked with `checkInputs` before. */
  inputs: Record<string, unknown>;
  credentials: Secret<Credentials>;
}

/** Calls an app's own HTTP API with a connection's credentials. */
@Injectable()
export class AppCalls {
  constructor(private readonly egress: Egress) {}

  /** @throws EgressError, or InputError for inputs that were not checked */
  call({ app, operation, inputs, credentials }: AppCall): Promise<EgressResponse> {
    const request = buildRequest(operation, inputs, app.serverUrl ?? operation.serverUrl);
    return this.egress.request({
      ...applyCredentials(request, app.definition.security, credentials),
      timeoutSeconds: TIMEOUT_SECONDS,
    });
  }

  /** Reads a URL that an earlier answer of the app named. The caller checks that it is on the app's own server. */
  read(app: TenantAppView, url: string, credentials: Secret<Credentials>): Promise<EgressResponse> {
    const request = { method: 'GET' as const, url, headers: { accept: 'application/json' } };
    return this.egress.request({
      ...applyCredentials(request, app.definition.security, credentials),
      timeoutSeconds: TIMEOUT_SECONDS,
    });
  }
}
