import { beforeEach, expect, it } from 'vitest';
import { defineApp, findOperation, type TenantAppView } from '#libs/catalog';
import { Secret } from '#libs/crypto';
import { asTenantId } from '#libs/database';
import type { Egress, EgressRequest, EgressResponse } from '#libs/egress';
import { FakeClock } from '#libs/testing';
import { ActionTests } from './action-tests.js';
import { AppAnswers } from './app-answers.js';
import { AppCalls } from './app-calls.js';
import type { AppUse } from './app-use.js';
import type { Credentials } from './credentials.js';
import type { BudgetOwner, CallBudgets } from './call-budgets.js';
import { LiveChoices, type ChoicesWanted } from './live-choices.js';

const server = 'https://desk.test';
const parameters = [{ name: 'cursor', in: 'query', schema: { type: 'string' } }];
const get = { operationId: 'list', parameters, responses: { 200: { description: 'All' } } };
const definition = defineApp({
  openapi: '3.1.0',
  info: { title: 'Desk', version: '1' },
  servers: [{ url: server }],
  paths: { '/list': { get } },
});
const app = { id: 'desk', version: 1, definition, serverUrl: null } as unknown as TenantAppView;
const wanted: ChoicesWanted = {
  choices: {
    operationId: 'list',
    items: 'list',
    value: 'id',
    label: 'id',
    page: { input: 'cursor', next: 'next' },
  } as ChoicesWanted['choices'],
  inputs: {},
  page: 1,
  search: null,
};

/** The third party: a list without an end, and how long it takes. */
class Desk {
  readonly asked: EgressRequest[] = [];
  status = 200;
  secondsEach = 0;

  constructor(private readonly clock: FakeClock) {}

  request(request: EgressRequest): Promise<EgressResponse> {
    this.asked.push(request);
    this.clock.advance(this.secondsEach);
    const body = Buffer.from(JSON.stringify({ list: [{ id: 'a' }], next: `c${this.asked.length}` }));
    return Promise.resolve({ status: this.status, headers: { 'retry-after': '20' }, body });
  }
}

/** The pauses of one process's memory; the app has no rate. */
class Pauses {
  readonly #until = new Map<string, Date>();

  constructor(private readonly clock: FakeClock) {}

  pausedUntil({ account }: BudgetOwner): Promise<Date | null> {
    const until = this.#until.get(account);
    return Promise.resolve(until && until > this.clock.now() ? until : null);
  }

  pause({ account }: BudgetOwner, until: Date): Promise<void> {
    this.#until.set(account, until);
    return Promise.resolve();
  }
}

let clock: FakeClock;
let desk: Desk;
let choices: LiveChoices;
let tests: ActionTests;

beforeEach(() => {
  clock = new FakeClock();
  desk = new Desk(clock);
  const answers = new AppAnswers(
    new AppCalls(desk as unknown as Egress),
    new Pauses(clock) as unknown as CallBudgets,
    clock,
  );
  choices = new LiveChoices(answers, clock);
  tests = new ActionTests(answers, clock);
});

function useOf(connectionId: string): AppUse {
  const connection = { id: connectionId, since: '2026' };
  const owner = { tenantId: 't', userId: 'u', appId: app.id, version: 1, serverUrl: null, connection };
  const budget = { tenantId: asTenantId('t'), appId: app.id, account: connectionId };
  return { app, owner, budget, credentials: () => Promise.resolve(new Secret<Credentials>({} as Credentials)) };
}

it('a connection that was told to wait is asked nothing before its time, and others are', async () => {
  const operation = findOperation(definition, 'list');
  if (!operation) throw new Error('no operation');
  desk.status = 429;
  await expect(choices.page(useOf('one'), wanted)).rejects.toMatchObject({ retryAfterSeconds: 20 });
  desk.status = 200;
  clock.advance(5);
  const waiting = { code: 'test_failed', retryAfterSeconds: 15 };
  await expect(tests.run(useOf('one'), operation, {})).rejects.toMatchObject(waiting);
  await expect(choices.page(useOf('one'), wanted)).rejects.toMatchObject({ code: 'third_party_failed' });
  expect(desk.asked).toHaveLength(1);
  await expect(choices.page(useOf('two'), wanted)).resolves.toMatchObject({ hasMore: true });
  clock.advance(15);
  await expect(tests.run(useOf('one'), operation, {})).resolves.toHaveLength(1);
});

it('the pages on the way to one that is asked for share one deadline', async () => {
  desk.secondsEach = 12;
  const far = choices.page(useOf('one'), { ...wanted, page: 30 });
  await expect(far).rejects.toMatchObject({ code: 'third_party_failed' });
  expect(desk.asked.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([30, 18, 6]);
});
