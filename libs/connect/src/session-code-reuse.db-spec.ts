import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Connections } from '#libs/connections';
import { type ConnectionOwner, startThirdPartyScene, type ThirdPartyScene } from '#libs/testing';
import { AttemptSteps } from './attempt-steps.store.js';
import { Attempts, ConnectCompletion, Connecting, ConnectFlow, ConnectModule, type ConsentContext } from './index.js';

let scene: ThirdPartyScene;
let flow: ConnectFlow;
let attempts: Attempts;
let steps: AttemptSteps;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([ConnectModule]);
  flow = scene.app.get(ConnectFlow);
  attempts = scene.app.get(Attempts);
  steps = scene.app.get(AttemptSteps);
});
beforeEach(async () => {
  owner = await scene.newOwner();
});
afterAll(() => scene?.close());

const plain = { redirectUri: null, partnerState: null, reconnectId: null };
const again = (code: string, cookie?: string) => flow.open(code, 'acme-crm', plain, () => cookie);
const stateOf = async ({ attempt }: ConsentContext) =>
  (await attempts.ofUser(owner.tenantId, owner.userId, attempt.id))?.state;
const confirm = (attemptId: string, connectCode: string | null) =>
  scene.app.get(ConnectCompletion).confirm(owner.tenantId, owner.userId, attemptId, connectCode ?? '');

async function openedWithCode() {
  const { code } = await attempts.issue(owner.tenantId, { ...owner, clientId: 'client-1' });
  const context = await flow.open(code, 'acme-crm', plain);
  if (!('cookie' in context)) throw new Error('The attempt did not open.');
  return { code, context };
}

async function completed(context: ConsentContext) {
  await steps.beginConsent(context.attempt);
  const members = { access_token: 'access-2', refresh_token: 'refresh-2', expires_in: 3600 };
  const step = await scene.app.get(Connecting).consented(context, { members, askedAt: scene.app.clock.now() });
  if (step.kind !== 'ended' || !('connectionId' in step.result)) throw new Error('It did not end well.');
  return step.result;
}

describe('a session code that comes back', () => {
  it('in the browser that redeemed it goes on there', async () => {
    const { code, context } = await openedWithCode();
    await expect(again(code, context.cookie)).rejects.toMatchObject({ attemptId: context.attempt.id });
    expect(await stateOf(context)).toBe('opened');
  });

  it('within ten seconds, as from tabs that were opened at once, ends nothing', async () => {
    const { code, context } = await openedWithCode();
    scene.app.clock.advance(10);
    await expect(again(code)).rejects.toMatchObject({ advice: expect.stringContaining('used before') });
    expect(await stateOf(context)).toBe('opened');
  });

  it.each(['without a cookie', 'with the cookie of another'])('%s ends what its first use began', async (how) => {
    const { code, context } = await openedWithCode();
    const cookie = how === 'without a cookie' ? undefined : (await openedWithCode()).context.cookie;
    const state = await steps.beginConsent(context.attempt);
    scene.app.clock.advance(11);
    await expect(again(code, cookie)).rejects.toMatchObject({ advice: expect.stringContaining('used before') });
    expect(await stateOf(context)).toBe('failed');
    const back = flow.returned(state, { tenantSlug: context.tenant.slug, appKey: 'acme-crm' }, () => context.cookie);
    await expect(back).rejects.toMatchObject({ attemptId: context.attempt.id });
    expect(await scene.app.get(Connecting).step(await flow.resume(context.attempt.id, context.cookie))).toMatchObject({
      kind: 'ended',
      result: { failure: { description: 'Invalid token', advice: expect.stringContaining('used before') } },
    });
  });

  it('while the confirmation is awaited leaves nothing to confirm', async () => {
    const { code, context } = await openedWithCode();
    const { connectionId, connectCode } = await completed(context);
    scene.app.clock.advance(11);
    await expect(again(code)).rejects.toMatchObject({ name: 'ConnectFailure' });
    expect(await confirm(context.attempt.id, connectCode)).toBe(false);
    const left = await scene.app.get(Connections).find(owner.tenantId, owner.userId, connectionId);
    expect(left).toMatchObject({ status: 'pending' });
  });

  it('after the confirmation changes nothing', async () => {
    const { code, context } = await openedWithCode();
    const { connectCode } = await completed(context);
    scene.app.clock.advance(11);
    expect(await confirm(context.attempt.id, connectCode)).toBe(true);
    await expect(again(code)).rejects.toMatchObject({ name: 'ConnectFailure' });
    expect(await stateOf(context)).toBe('connected');
  });
});
