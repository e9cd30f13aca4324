import { Injectable } from '@nestjs/common';
import { toResults, type TenantAppView } from '#libs/catalog';
import { FreshCredentials, type ChoicePage, type Connection } from '#libs/connections';
import { sha256 } from '#libs/crypto';
import type { TenantId } from '#libs/database';
import { problem } from '#libs/errors';
import { Clock, WeightedCache } from '#libs/scheduling';
import { readAction, type RemoteAction } from './remote-action.js';
import { UpstreamQuestions, type AskedAction } from './upstream-questions.js';
import { toChoices, toWireFields, toWireOutputs } from './wire-fields.js';

const LISTED_SECONDS = 60;
const BELIEVED_SECONDS = 30;
const MAX_KEPT = 500;
/** Of all users together. */
const MAX_ACTIONS_KEPT = 50_000;
const MAX_ANSWERS_KEPT = 100_000;

/** An action of an upstream's app, as one user asks about it. */
export interface UpstreamActionUse {
  tenantId: TenantId;
  userId: string;
  app: TenantAppView;
  type: string;
  key: string;
  /** The user's own, or one that is shared with them; checked to be of that app. */
  connection: Connection | null;
  inputs: Record<string, unknown>;
}

/** Questions about the actions of an upstream's apps, passed on, and their answers in the form of our own. */
@Injectable()
export class UpstreamActions {
  readonly #lists: WeightedCache<RemoteAction[]>;
  readonly #answers: WeightedCache<unknown>;

  constructor(
    private readonly questions: UpstreamQuestions,
    private readonly fresh: FreshCredentials,
    clock: Clock,
  ) {
    const believed = (seconds: number) => ({ maxEntries: MAX_KEPT, believed: { seconds, clock } });
    this.#lists = new WeightedCache({ ...believed(LISTED_SECONDS), maxWeight: MAX_ACTIONS_KEPT });
    this.#answers = new WeightedCache({ ...believed(BELIEVED_SECONDS), maxWeight: MAX_ANSWERS_KEPT });
  }

  /** Kept for a minute, for this user alone. @param userId null: a client that names itself only */
  list(tenantId: TenantId, userId: string | null, app: TenantAppView): Promise<RemoteAction[]> {
    return this.#lists.get(JSON.stringify([tenantId, userId, app.id]), async () => {
      const items = await this.questions.list(tenantId, userId, app, { path: '/v2/actions', what: 'its actions' });
      const value = items.flatMap((item) => readAction(item) ?? []);
      return { value, weight: value.length + 1 };
    });
  }

  async inputs(use: UpstreamActionUse): Promise<object[]> {
    const { items } = await this.#ask(use, { path: 'inputs', what: 'the input fields' });
    return toWireFields(items);
  }

  /** Kept for half a minute, for this user and connection alone. */
  choices(use: UpstreamActionUse, input: string, page: number, search: string | null): Promise<ChoicePage> {
    return this.#kept(use, ['choices', input, page, search], async () => {
      const query = { page: String(page), ...(search !== null && { search }) };
      const path = `inputs/${encodeURIComponent(input)}/choices`;
      const { items, next, body } = await this.#ask(use, { path, query, what: 'the choices' });
      const choices = toChoices(items);
      // A server that searches says so: another's answer is searched here.
      const isSearched = search === null || saysSearch(body, search);
      const value = { choices: isSearched ? choices : choices.filter(matches(search)), hasMore: next !== null };
      return { value, weight: choices.length + 1 };
    });
  }

  /** Kept as the choices are. */
  outputs(use: UpstreamActionUse, live: boolean): Promise<object[]> {
    return this.#kept(use, ['outputs', live], async () => {
      const extra = { fetch_live_samples: live };
      const { items } = await this.#ask(use, { path: 'outputs', extra, what: 'the output fields' });
      const value = toWireOutputs(items);
      return { value, weight: value.length + 1 };
    });
  }

  /** For real, and asked once: a WRITE has its effect there. */
  async test(use: UpstreamActionUse, { limit, offset }: { limit: number; offset: number }) {
    const question = {
      path: 'test',
      extra: { limit, offset },
      what: 'a test of the action',
      code: 'test_failed',
    } as const;
    const { items, count } = await this.#ask(use, question);
    const results = toResults(items).slice(0, limit);
    return { results, count: Math.max(count ?? 0, results.length === 0 ? 0 : offset + results.length) };
  }

  #kept<Answer>(
    use: UpstreamActionUse,
    question: readonly unknown[],
    load: () => Promise<{ value: Answer; weight: number }>,
  ): Promise<Answer> {
    const { tenantId, userId, app, type, key, connection, inputs } = use;
    const account = connection && [connection.id, connection.lastRefreshedAt];
    const asked = JSON.stringify([tenantId, userId, app.id, type, key, account, inputs, question]);
    return this.#answers.get(sha256(asked).toString('base64'), load) as Promise<Answer>;
  }

  /** With a connection that is shared, it is its owner's token that the upstream knows it by. */
  async #ask(
    { connection, inputs, ...use }: UpstreamActionUse,
    question: Omit<AskedAction, 'body'> & { extra?: object },
  ) {
    const { extra, ...asked } = question;
    const authentication = connection && (await this.#remoteId(connection));
    const userId = connection?.userId ?? use.userId;
    return this.questions.about({ ...use, userId }, { ...asked, body: { authentication, inputs, ...extra } });
  }

  async #remoteId(connection: Connection): Promise<string> {
    const value = (await this.fresh.take(connection)).reveal();
    if (value.kind === 'upstream') return value.id;
    throw problem('invalid', 'This authentication is not one of the upstream: connect the account again.', {
      source: { pointer: '/data/authentication' },
    });
  }
}

/** Ours does (`meta.search`): there a choice may be found by what is not shown of it. */
function saysSearch(body: unknown, search: string): boolean {
  return (body as { meta?: { search?: unknown } } | null)?.meta?.search === search;
}

function matches(search: string) {
  const wanted = search.toLowerCase();
  return ({ label, value }: { label: string; value: string }) => `${label} ${value}`.toLowerCase().includes(wanted);
}
