import { Injectable } from '@nestjs/common';
import { TenantCatalog, inputFields, toWireInputField, type OutputField, type TenantAppView } from '#libs/catalog';
import { ActionTests, LiveChoices, type ChoicePage } from '#libs/connections';
import { problem } from '#libs/errors';
import { ActionConnections } from './action-connections.js';
import { staticPage, type ChoicesQuery } from './action-choices.js';
import { actionId, findAction, type FoundAction } from './action-id.js';
import { requireInputs } from './action-input-problems.js';
import type { ActionInputsDto } from './action-inputs.dto.js';
import { toOutputField, withSamples } from './action-outputs.js';
import type { ActionSource, ListedAction } from './action-source.js';
import type { Caller, UserCaller } from './caller.js';

const READING = ['READ', 'READ_BULK', 'SEARCH'];

/** Actions of apps that have a document: what it says, and what the app itself answers. */
@Injectable()
export class LocalActions implements ActionSource {
  constructor(
    private readonly catalog: TenantCatalog,
    private readonly connections: ActionConnections,
    private readonly liveChoices: LiveChoices,
    private readonly tests: ActionTests,
  ) {}

  list(_: Caller, app: TenantAppView): Promise<ListedAction[]> {
    const { actions } = app.definition;
    return Promise.resolve(actions.map((action) => ({ ...action, id: actionId(app, action), isInstant: false })));
  }

  async inputs(caller: UserCaller, id: string, { authentication }: ActionInputsDto): Promise<object[]> {
    const { app, operation } = await findAction(this.catalog, caller.tenantId, id);
    if (authentication) await this.connections.find(caller, app, authentication);
    return inputFields(operation).map(toWireInputField);
  }

  /** None before what they depend on is filled in: then nobody is asked (protocol.md §7.6). */
  async choices(
    caller: UserCaller,
    id: string,
    input: string,
    { authentication, inputs }: ActionInputsDto,
    wanted: ChoicesQuery,
  ): Promise<ChoicePage> {
    const { app, operation } = await findAction(this.catalog, caller.tenantId, id);
    const field = inputFields(operation).find((candidate) => candidate.id === input);
    if (!field)
      throw problem('not_found', `The action has no input "${input.slice(0, 64)}". POST …/inputs lists them.`);
    const { choices, dependsOn } = field;
    if (choices?.kind !== 'live') return staticPage(field, wanted);
    const use = await this.connections.use(caller, app, authentication);
    const filled = inputs ?? {};
    const isFilled = (name: string) => Object.hasOwn(filled, name) && filled[name] !== null && filled[name] !== '';
    if (!dependsOn.every(isFilled)) return { choices: [], hasMore: false };
    return this.liveChoices.page(use, { choices, inputs: filled, ...wanted });
  }

  async outputs(caller: UserCaller, id: string, dto: ActionInputsDto, live: boolean): Promise<object[]> {
    const found = await findAction(this.catalog, caller.tenantId, id);
    if (dto.authentication) await this.connections.find(caller, found.app, dto.authentication);
    const fields = await this.catalog.outputs(found.app, found.operation.key);
    const shown = live ? withSamples(fields, await this.#samples(caller, found, dto)) : fields;
    return shown.map(toOutputField);
  }

  /** The app is called for real: a WRITE has its effect (protocol.md §7.9). */
  async test(caller: UserCaller, id: string, dto: ActionInputsDto, range: { limit: number; offset: number }) {
    const { app, operation } = await findAction(this.catalog, caller.tenantId, id);
    const use = await this.connections.use(caller, app, dto.authentication);
    const inputs = dto.inputs ?? {};
    requireInputs(operation, inputs);
    const results = await this.tests.run(use, operation, inputs);
    return { results: results.slice(range.offset, range.offset + range.limit), count: results.length };
  }

  async #samples(
    caller: UserCaller,
    { app, action, operation }: FoundAction,
    dto: ActionInputsDto,
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
