import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  type ConnectionOwner,
  createUser,
  establishConnection,
  oauth2Credentials,
  startThirdPartyScene,
  type ThirdPartyScene,
} from '#libs/testing';
import { AttemptSteps } from './attempt-steps.store.js';
import { Attempts, ConnectModule } from './index.js';

let scene: ThirdPartyScene;
let owner: ConnectionOwner;

beforeAll(async () => {
  scene = await startThirdPartyScene([ConnectModule]);
});
beforeEach(async () => {
  owner = await scene.newOwner();
});
afterAll(() => scene?.close());

const attempts = () => scene.app.get(Attempts);
const isAstray = (userId = owner.userId) => attempts().isAnyAstray(owner.tenantId, userId, owner.appId);

async function begin() {
  const { code } = await attempts().issue(owner.tenantId, { ...owner, clientId: 'client-1' });
  expect(await isAstray()).toBe(false);
  const link = { redirectUri: null, partnerState: null, reconnectId: null };
  const redeemed = await attempts().redeem(code, link);
  if (!redeemed) throw new Error('The code was not redeemed.');
  await scene.app.get(AttemptSteps).beginConsent(redeemed.attempt);
  return redeemed.attempt;
}

it('a try is astray from its opening on, for its user alone, and stays so when it fails', async () => {
  const attempt = await begin();
  expect(await isAstray()).toBe(true);
  expect(await isAstray(await createUser(scene.app, owner.tenantId))).toBe(false);
  await attempts().fail(attempt, 'It was declined.');
  expect(await isAstray()).toBe(true);
});

it.each([
  ['waits for the partner to confirm it is astray', true],
  ['has come to a connection is not', false],
])('a try that %s', async (_, needsConfirmation) => {
  const attempt = await begin();
  const connection = await establishConnection(scene.app, owner, oauth2Credentials(scene.app));
  await attempts().succeed(attempt, connection, needsConfirmation, scene.app.database);
  expect(await isAstray()).toBe(needsConfirmation);
});
