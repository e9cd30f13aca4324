import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { AccessTokens, OauthModule } from '#libs/oauth';
import { SystemClock } from '#libs/scheduling';
import { createTenant, startTestApp } from '#libs/testing';
import { inFlight } from './in-flight.js';
import { inspectSelf } from './inspector.js';
import type { Runner } from './measure.js';
import type { Suite } from './suite.js';

const WIDTH = 16;
const TOKENS = 1000;
/** About as long as what a token of ours seals. */
const SEALED_BYTES = 256;

/** What every request with a bearer token begins with, in this process, against the cipher alone. */
export const oauthBearer: Suite = {
  async prepare(bench) {
    const databaseUrl = await bench.database();
    const app = await bench.hold(
      () => startTestApp({ databaseUrl, imports: [OauthModule], clock: new SystemClock() }),
      (running) => running.close(),
    );
    const { id: tenantId } = await createTenant(app);
    const accessTokens = app.get(AccessTokens);
    const bearer = {
      tenantId,
      kind: 'access',
      clientId: 'bench',
      scopes: ['zap'],
      origin: null,
      grantId: null,
    } as const;
    const tokens = Array.from({ length: TOKENS }, () => {
      const { token } = accessTokens.issue({ ...bearer, userId: randomUUID(), scopes: [...bearer.scopes] }, 3600);
      return token.reveal();
    });
    const ours = inFlight(WIDTH, async (turn) => {
      if (!(await accessTokens.find(tokens[turn % TOKENS] ?? ''))) throw new Error('A live token was not found.');
    });
    const baselines = { 'AES-256-GCM of node:crypto': bareOpen() };
    return {
      measures: [{ name: 'bearer check', unit: 'tokens', ours, baselines }],
      inspect: () => Promise.resolve(inspectSelf()),
    };
  },
};

function bareOpen(): Runner {
  const [key, nonce] = [randomBytes(32), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const ciphertext = Buffer.concat([cipher.update(randomBytes(SEALED_BYTES)), cipher.final()]);
  const tag = cipher.getAuthTag();
  return inFlight(WIDTH, () => {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAuthTag(tag);
    return Promise.resolve(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
  });
}
