import { Injectable } from '@nestjs/common';
import { TenantCatalog, checkInputs } from '#libs/catalog';
import { Secret } from '#libs/crypto';
import { Egress, EgressError } from '#libs/egress';
import { Problems, problem } from '#libs/errors';
import { IdempotencyKeys, type IdempotentRequest } from '#libs/idempotency';
import { RunCreation, type CreatedRun, type NewRun } from '#libs/runs';
import { UpstreamApps, readUpstreamActionId, type UpstreamActionName } from '#libs/upstream';
import { ActionConnections } from './action-connections.js';
import { findAction } from './action-id.js';
import { CreateRunDto, lenientRunBody } from './action-run.dto.js';
import type { UserCaller } from './caller.js';
import { DataPipe } from './data-pipe.js';
import { keyReused } from './idempotency.interceptor.js';

const runBody = new DataPipe(CreateRunDto);
type RunAction = Pick<NewRun, 'appId' | 'appVersion' | 'actionKey' | 'upstream'>;

const AUTHENTICATION = { source: { pointer: '/data/authentication' } };

/** Requests to run an action, checked against the action's document. */
@Injectable()
export class ActionRunRequests {
  constructor(
    private readonly catalog: TenantCatalog,
    private readonly upstreamApps: UpstreamApps,
    private readonly connections: ActionConnections,
    private readonly creation: RunCreation,
    private readonly keys: IdempotencyKeys,
    private readonly egress: Egress,
  ) {}

  /**
   * What a repeated request says is checked like any other; where it is refused by now, the run that the first one made is still its answer.
   * @throws Problem, or Problems naming each bad input by its pointer
   */
  async create(
    caller: UserCaller,
    body: unknown,
    request: IdempotentRequest | null,
  ): Promise<{ id: string; isRepeated: boolean }> {
    try {
      return await this.#create(caller, body, request);
    } catch (error) {
      const earlier = request && (await this.keys.earlier(caller.tenantId, request));
      if (earlier?.kind === 'made') return { id: earlier.id, isRepeated: true };
      throw error;
    }
  }

  async #create(
    caller: UserCaller,
    body: unknown,
    request: IdempotentRequest | null,
  ): Promise<{ id: string; isRepeated: boolean }> {
    const dto = await runBody.transform(lenientRunBody(body));
    const inputs = dto.inputs ?? {};
    const named = readUpstreamActionId(dto.action);
    const action = named
      ? await this.#actionThere(caller, named)
      : await this.#action(caller, dto.action, dto.authentication, inputs);
    await this.#checkCallback(dto.callback_url);
    const created = await this.creation.create(
      caller.tenantId,
      {
        userId: caller.userId,
        ...action,
        connectionId: dto.authentication || null,
        inputs: new Secret(inputs),
        callback: dto.callback_url ? { url: new Secret(dto.callback_url), clientId: caller.clientId } : null,
      },
      request,
    );
    return { id: idOf(created), isRepeated: created.kind === 'repeated' };
  }

  /** One of an app of our own, with inputs that its document allows. */
  async #action(
    caller: UserCaller,
    id: string,
    authentication: string | null | undefined,
    inputs: Record<string, unknown>,
  ): Promise<RunAction> {
    const { app, action, operation } = await findAction(this.catalog, caller.tenantId, id);
    if (!authentication && app.definition.security.kind !== 'none')
      throw problem(
        'invalid',
        'This action needs an authentication: name one of GET /v2/authentications?app=….',
        AUTHENTICATION,
      );
    const [first, ...rest] = checkInputs(operation, inputs).map(({ pointer, detail }) =>
      problem('invalid', detail, { source: { pointer: `/data/inputs${pointer}` } }),
    );
    if (!first) return { appId: app.id, appVersion: app.version, actionKey: action.key };
    // A connection that is not theirs is missing first of all. Where nothing is wrong, the statement that creates the run looks.
    if (authentication) await this.connections.find(caller, app, authentication);
    throw new Problems([first, ...rest]);
  }

  /** One of an upstream's: the upstream knows whether there is such an action, what it takes, and whether it needs an account. */
  async #actionThere({ tenantId }: UserCaller, { appId, type, key }: UpstreamActionName): Promise<RunAction> {
    const app = await this.upstreamApps.find(tenantId, appId);
    const security = app?.definition.security;
    if (!app || security?.kind !== 'upstream')
      throw problem('not_found', 'There is no action with this id. Look it up again by app and key.');
    // Its key begins with the upstream's name.
    const [upstream = ''] = app.definition.key.split('.');
    return { appId: app.id, appVersion: app.version, actionKey: `${type}.${key}`, upstream };
  }

  /** Checked again when it is called: this only says early what would be refused then. */
  async #checkCallback(url: string | null | undefined): Promise<void> {
    if (!url) return;
    try {
      await this.egress.check(url);
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      throw problem('invalid', `callback_url can not be called. ${error.message}`, {
        source: { pointer: '/data/callback_url' },
      });
    }
  }
}

function idOf(created: CreatedRun): string {
  if (created.kind === 'key_reused') throw keyReused();
  if (created.kind === 'no_connection')
    throw problem(
      'not_found',
      'There is no authentication with this id. GET /v2/authentications?app=… lists them.',
      AUTHENTICATION,
    );
  if (created.kind === 'other_app')
    throw problem(
      'invalid',
      'This authentication belongs to another app than the action. Name one of GET /v2/authentications?app=….',
      AUTHENTICATION,
    );
  return created.id;
}
