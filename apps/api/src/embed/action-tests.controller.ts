import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { TenantCatalog, type OutputField } from '#libs/catalog';
import { ActionTests } from '#libs/connections';
import { problem } from '#libs/errors';
import { ActionConnections } from './action-connections.js';
import { findAction, type FoundAction } from './action-id.js';
import { requireInputs } from './action-input-problems.js';
import { ActionOutputsDto, ActionTestDto } from './action-inputs.dto.js';
import { toOutputField, withSamples } from './action-outputs.js';
import { CallerOf, type UserCaller } from './caller.js';
import { DataPipe } from './data-pipe.js';
import { Requires } from './requires.js';

const DEFAULT_LIMIT = 10;
const READING = ['READ', 'READ_BULK', 'SEARCH'];

/** What an action answers: from its document, and by doing it once. */
@Controller('v2/actions')
export class ActionTestsController {
  constructor(
    private readonly catalog: TenantCatalog,
    private readonly connections: ActionConnections,
    private readonly tests: ActionTests,
  ) {}

  @Post(':id/outputs')
  @HttpCode(200)
  @Requires('zap:write')
  async outputs(
    @CallerOf() caller: UserCaller,
    @Param('id') id: string,
    @Body(new DataPipe(ActionOutputsDto)) dto: ActionOutputsDto,
  ) {
    const found = await findAction(this.catalog, caller.tenantId, id);
    if (dto.authentication) await this.connections.find(caller, found.app, dto.authentication);
    const fields = await this.catalog.outputs(found.app, found.operation.key);
    const shown = dto.fetch_live_samples ? withSamples(fields, await this.#samples(caller, found, dto)) : fields;
    const data = shown.map(toOutputField);
    return { data, links: { next: null, prev: null }, meta: { count: data.length, limit: null, offset: 0 } };
  }

  /** The app is called for real: a WRITE has its effect (protocol.md §7.9). */
  @Post(':id/test')
  @HttpCode(200)
  @Requires('zap:write')
  async test(
    @CallerOf() caller: UserCaller,
    @Param('id') id: string,
    @Body(new DataPipe(ActionTestDto)) dto: ActionTestDto,
  ) {
    const { app, operation } = await findAction(this.catalog, caller.tenantId, id);
    const use = await this.connections.use(caller, app, dto.authentication);
    const inputs = dto.inputs ?? {};
    requireInputs(operation, inputs);
    const results = await this.tests.run(use, operation, inputs);
    const [limit, offset] = [dto.limit ?? DEFAULT_LIMIT, dto.offset ?? 0];
    const data = results.slice(offset, offset + limit);
    return { data, links: { next: null, prev: null }, meta: { count: results.length, limit, offset } };
  }

  async #samples(
    caller: UserCaller,
    { app, action, operation }: FoundAction,
    dto: ActionOutputsDto,
  ): Promise<readonly OutputField[]> {
    if (!READING.includes(action.type)) {
      throw problem('invalid', 'An action that writes is not done for a sample. Test it instead.', {
        source: { pointer: '/data/fetch_live_samples' },
      });
    }
    const use = await this.connections.use(caller, app, dto.authentication);
    const inputs = dto.inputs ?? {};
    requireInputs(operation, inputs);
    return this.tests.samples(use, operation, inputs);
  }
}
