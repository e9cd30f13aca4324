import type { TenantAppView } from '#libs/catalog';
import type { ChoicePage } from '#libs/connections';
import type { ActionInputsDto } from './action-inputs.dto.js';
import type { ChoicesQuery } from './action-choices.js';
import type { Caller, UserCaller } from './caller.js';

/** An action as it is listed (protocol.md §7.5). `id` is opaque to clients, who look it up again before each run; `key` is what they store. */
export interface ListedAction {
  id: string;
  key: string;
  type: string;
  title: string;
  description: string;
  isInstant: boolean;
}

/** Who knows what actions there are and what they take: our own catalog, or an upstream. Their fields are in the form of the wire. */
export interface ActionSource {
  list(caller: Caller, app: TenantAppView): Promise<ListedAction[]>;
  /** @throws Problem not_found for an action that this tenant does not offer; so do all of these */
  inputs(caller: UserCaller, id: string, dto: ActionInputsDto): Promise<object[]>;
  choices(
    caller: UserCaller,
    id: string,
    input: string,
    dto: ActionInputsDto,
    wanted: ChoicesQuery,
  ): Promise<ChoicePage>;
  outputs(caller: UserCaller, id: string, dto: ActionInputsDto, live: boolean): Promise<object[]>;
  /** For real. The count is of all results, as far as that is known. */
  test(
    caller: UserCaller,
    id: string,
    dto: ActionInputsDto,
    range: { limit: number; offset: number },
  ): Promise<{ results: object[]; count: number }>;
}
