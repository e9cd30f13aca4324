import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { TenantCatalog, checkInputs } from '#libs/catalog';
import { Secret } from '#libs/crypto';
import { Problems, problem } from '#libs/errors';
import { Runs } from '#libs/runs';
import { ActionConnections } from './action-connections.js';
import { findAction } from './action-id.js';
import { CreateRunDto, lenientRunBody, toActionRun } from './action-run.dto.js';
import { CallerOf, type UserCaller } from './caller.js';
import { DataPipe } from './data-pipe.js';
import { Requires } from './requires.js';

const runBody = new DataPipe(CreateRunDto);

@Controller('v2/action-runs')
export class ActionRunsController {
  constructor(
    private readonly catalog: TenantCatalog,
    private readonly connections: ActionConnections,
    private readonly runs: Runs,
  ) {}

  /** Stores the run and answers at once: the worker executes it. A connection that has expired makes the run fail, not this call (C34). */
  @Post()
  @HttpCode(200)
  @Requires('action:run')
  async create(@CallerOf() caller: UserCaller, @Body() body: unknown) {
    const dto = await runBody.transform(lenientRunBody(body));
    const { action: id, authentication } = dto;
    const inputs = dto.inputs ?? {};
    const { app, action, operation } = await findAction(this.catalog, caller.tenantId, id);
    const connection = authentication ? await this.connections.find(caller, app, authentication) : null;
    if (!connection && app.definition.security.kind !== 'none') {
      throw problem('invalid', 'This action needs an authentication.', { source: { pointer: '/data/authentication' } });
    }
    const [first, ...rest] = checkInputs(operation, inputs).map(({ id: input, detail }) =>
      problem('invalid', detail, {
        source: { pointer: `/data/inputs/${input.replaceAll('~', '~0').replaceAll('/', '~1')}` },
      }),
    );
    if (first) throw new Problems([first, ...rest]);
    const run = await this.runs.create(caller.tenantId, {
      userId: caller.userId,
      appId: app.id,
      actionKey: action.key,
      connectionId: connection?.id ?? null,
      inputs: new Secret(inputs),
    });
    return { data: { type: 'run', id: run } };
  }

  @Get(':id')
  @Requires('action:run')
  async get(@CallerOf() { tenantId, userId }: UserCaller, @Param('id') id: string) {
    const view = await this.runs.find(tenantId, userId, id);
    if (!view) throw problem('not_found', 'There is no run with this id. Runs are kept for 7 days.');
    return { data: toActionRun(view) };
  }
}
