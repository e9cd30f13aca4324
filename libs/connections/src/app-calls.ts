import { Injectable } from '@nestjs/common';
import { buildRequest, type AppRequest, type OperationDefinition, type TenantAppView } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import { answerLimits, Egress, type EgressResponse } from '#libs/egress';
import { applyCredentials } from './apply-credentials.js';
import type { Credentials } from './credentials.js';

export interface AppCall {
  app: TenantAppView;
  operation: OperationDefinition;
  /** Checked with `checkInputs` before. */
  inputs: Record<string, unknown>;
  credentials: Secret<Credentials>;
  timeoutSeconds?: number;
}

/** Calls an app's own HTTP API with a connection's credentials. */
@Injectable()
export class AppCalls {
  constructor(private readonly egress: Egress) {}

  /** @throws EgressError, or InputError for inputs that were not checked */
  call({ app, operation, inputs, credentials, timeoutSeconds }: AppCall): Promise<EgressResponse> {
    return this.send(app, this.build(app, operation, inputs), credentials, timeoutSeconds);
  }

  /**
   * The request of an operation, at the tenant's server where it set one. It holds no credentials.
   * @throws InputError
   */
  build(app: TenantAppView, operation: OperationDefinition, inputs: Record<string, unknown>): AppRequest {
    return buildRequest(operation, inputs, app.serverUrl ?? operation.serverUrl);
  }

  /** The caller answers for the URL being the app's own: the credentials go there. @throws EgressError */
  send(
    app: TenantAppView,
    request: AppRequest,
    credentials: Secret<Credentials>,
    timeoutSeconds: number = answerLimits.action.seconds,
  ): Promise<EgressResponse> {
    const applied = applyCredentials(request, app.definition.security, credentials);
    return this.egress.request({ ...applied, timeoutSeconds, purpose: 'action' });
  }
}
