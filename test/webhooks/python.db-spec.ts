import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/database';
import { createTenant, type ReceivedRequest } from '#libs/testing';
import { Webhooks } from '#libs/webhooks';
import { ok, OPERATOR, WebhookScene } from './webhook-scene.js';

const PYTHON = 'python3';
/** As a receiver would write it from docs/webhooks.md, with the standard library alone. Prints which secrets verify. */
const VERIFIER = `
import base64, hashlib, hmac, json, sys

def verify(secret, headers, body):
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    signed = "{}.{}.".format(headers["webhook-id"], headers["webhook-timestamp"]).encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [part.split(",", 1) for part in headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(signature, expected) for version, signature in given)

sent = json.load(sys.stdin)
print(json.dumps([verify(secret, sent["headers"], base64.b64decode(sent["body"])) for secret in sent["secrets"]]))
`;

const hasPython = spawnSync(PYTHON, ['--version']).status === 0;

function verifying({ headers, body }: Pick<ReceivedRequest, 'headers' | 'body'>, ...secrets: string[]): boolean[] {
  const input = JSON.stringify({ headers, body: Buffer.from(body).toString('base64'), secrets });
  const { stdout, stderr } = spawnSync(PYTHON, ['-c', VERIFIER], { input, encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as boolean[];
}

describe.skipIf(!hasPython)("Python's standard library (skipped without python3)", () => {
  let scene: WebhookScene;

  beforeAll(async () => {
    scene = await WebhookScene.start();
  });
  afterAll(() => scene?.close());

  it('verifies what we send, before, during and after a change of the secret, and nothing that was altered', async () => {
    const { id: tenantId } = await createTenant(scene.app);
    const { id, secret: first } = await scene.subscribe(tenantId);
    const sent = async (): Promise<ReceivedRequest> => {
      scene.receiver.answerWith(ok);
      await scene.happen(tenantId, newId());
      await scene.deliver();
      return scene.receiver.requests[0] ?? expect.fail('Nothing came.');
    };
    const before = await sent();
    const replaced = await scene.app.get(Webhooks).replaceSecret(tenantId, id, 100, OPERATOR);
    const second = replaced?.secret.reveal() ?? '';
    expect(verifying(before, first, second)).toEqual([true, false]);
    expect(verifying(await sent(), first, second)).toEqual([true, true]);
    scene.app.clock.advance(100);
    const after = await sent();
    expect(verifying(after, first, second)).toEqual([false, true]);

    expect(verifying({ ...after, body: `${after.body} ` }, second)).toEqual([false]);
    for (const header of ['webhook-id', 'webhook-timestamp'])
      expect(verifying({ ...after, headers: { ...after.headers, [header]: '1' } }, second)).toEqual([false]);
  });
});
