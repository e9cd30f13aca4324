import { randomUUID } from 'node:crypto';
import { TenantCatalog } from '#libs/catalog';
import { Revocations, type Credentials } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { createRun, createTenant, createUpstream } from '#libs/testing';
import { TrustedKeys } from '#libs/trusted-keys';
import { UpstreamCallbackKeys, UpstreamDoctor } from '#libs/upstream';
import { DeliveryLog, Webhooks } from '#libs/webhooks';
import { ConnectPage } from '../connect/connect-page.js';
import type { NamingApp, SsrfScene } from './ssrf-scene.js';
import { where } from './trap.js';

/** Somewhere that a tenant's URL is called from. */
export interface Surface {
  what: string;
  /** Files that ask the guard for it. */
  asks: string[];
  /** As it is said where the outcome is told; of what can't even be registered something else may be said. */
  says: RegExp;
  /** Puts the URL where it belongs, past whatever looks at it beforehand, and has it called. @returns what is said of that */
  use(scene: SsrfScene, url: string): Promise<string>;
}

const REFUSED = /The address is not allowed\.|The server could not be reached\./;
/** Of a server, also that its URL is none. */
const NO_SERVER = new RegExp(`${REFUSED.source}|is not a plain http or https URL`);
const SYSTEM = { name: 'system', address: null };
const tokens = (expiresAt: string | null = null): Credentials => {
  const obtainedAt = new Date(Date.now() - 3_600_000).toISOString();
  return { kind: 'oauth2', accessToken: 'access', refreshToken: 'refresh', scopes: [], expiresAt, obtainedAt };
};

const apps = new Map<string, Promise<NamingApp>>();
/** The same for all surfaces. */
function appNaming(scene: SsrfScene, url: string): Promise<NamingApp> {
  const known = apps.get(url) ?? scene.appNaming(url);
  apps.set(url, known);
  return known;
}

export const surfaces: readonly Surface[] = [
  {
    what: 'the JWKS of a tenant',
    asks: ['libs/trusted-keys/src/jwks-fetch.ts'],
    says: REFUSED,
    use: async (scene, url) => {
      const { id } = await createTenant(scene.service.app);
      const keys = scene.get(TrustedKeys);
      await scene.service.app.database.transaction((tx) => keys.register(id, { jwksUri: url }, tx));
      await keys.refresh(id);
      return (await keys.status(id)).lastError ?? 'nothing';
    },
  },
  {
    what: 'a webhook',
    asks: ['libs/webhooks/src/delivery-attempts.ts'],
    says: REFUSED,
    use: async (scene, url) => {
      const { id } = await createTenant(scene.service.app);
      const webhook = await scene.get(Webhooks).create(id, { url, types: null }, SYSTEM);
      await scene.get(DeliveryLog).test(id, webhook.id);
      return scene.until(
        `SELECT COALESCE(error, 'It took it.') AS said FROM webhook_deliveries WHERE webhook_id = $1 AND attempts > 0`,
        [webhook.id],
      );
    },
  },
  {
    what: 'the callback of a run',
    asks: ['libs/runs/src/callback-worker.ts'],
    says: REFUSED,
    use: async (scene, url) => {
      const callback = { url: new Secret(url), clientId: scene.user.partner.clientId };
      const run = await newRun(scene, { how: 'fine', where: 'x' }, { callback });
      const isOver = `SELECT 'over' AS said FROM runs WHERE id = $1 AND finished_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM run_callbacks WHERE run_callbacks.id = runs.id)`;
      await scene.until(isOver, [run]);
      return String(Object(scene.service.log.find((line) => Object(line).run === run)).reason);
    },
  },
  {
    what: 'the server of an app',
    asks: ['libs/connections/src/app-calls.ts'],
    says: NO_SERVER,
    use: async (scene, url) => {
      const app = await appNaming(scene, url);
      return scene.try(app.actions.here ?? '', await scene.connect(app, tokens()));
    },
  },
  {
    what: 'the server of one operation',
    asks: ['libs/connections/src/app-calls.ts'],
    says: NO_SERVER,
    use: async (scene, url) => {
      const app = await appNaming(scene, url);
      return scene.try(app.actions.there ?? '', await scene.connect(app, tokens()));
    },
  },
  {
    what: "the tenant's own server of an app",
    asks: ['libs/connections/src/app-calls.ts'],
    says: NO_SERVER,
    use: async (scene, url) => {
      const app = await scene.appNaming('https://nowhere.example/');
      await scene.get(TenantCatalog).configure(scene.tenantId, app.key, { serverUrl: url });
      return scene.try(app.actions.here ?? '', await scene.connect(app, tokens()));
    },
  },
  {
    what: 'where the result of a run is said to be',
    asks: ['libs/connections/src/app-calls.ts'],
    says: /named no place on its own server where its result will be/,
    use: (scene, url) => outcomeOf(scene, 'accepted', url),
  },
  {
    what: 'where an app says that it has moved',
    asks: ['libs/connections/src/app-calls.ts'],
    says: /has moved/,
    use: (scene, url) => outcomeOf(scene, 'moved', url),
  },
  {
    what: 'the token URL of an app, for a code',
    asks: ['libs/connect/src/app-oauth2-strategy.ts'],
    says: /authenticationError/,
    use: async (scene, url) => {
      const app = await appNaming(scene, url);
      const page = await ConnectPage.open(scene.user, app.key);
      const asked = new URL((await page.browser.open(`${page.path}/start`)).headers.get('location') ?? '');
      const state = asked.searchParams.get('state') ?? '';
      const back = `${asked.searchParams.get('redirect_uri')}?${new URLSearchParams({ state, code: 'code' }).toString()}`;
      return JSON.stringify((await page.ended(await page.browser.open(back))).message);
    },
  },
  {
    what: 'the refresh URL of an app',
    asks: ['libs/refresh/src/token-refresh.ts'],
    says: REFUSED,
    use: async (scene, url) => {
      const app = await appNaming(scene, url);
      const id = await scene.connect(app, tokens(new Date(Date.now() + 1000).toISOString()));
      return scene.until(`SELECT status_reason AS said FROM connections WHERE id = $1`, [id]);
    },
  },
  {
    what: 'the revocation URL of an app',
    asks: ['libs/connections/src/revocations.ts'],
    says: /^failed$/,
    use: async (scene, url) => {
      const { key } = await appNaming(scene, url);
      const app = await scene.get(TenantCatalog).find(scene.tenantId, key);
      if (!app) throw new Error('There is no such app.');
      const told = await scene.get(Revocations).revoke(scene.tenantId, app, randomUUID(), new Secret(tokens()));
      return told.outcome;
    },
  },
  {
    what: 'an upstream: its API, its token URL and its page',
    asks: ['libs/upstream/src/upstream-http.ts', 'libs/upstream/src/doctor-looks.ts'],
    says: /(?:(?:not allowed|not be reached).*){4}/s,
    use: async (scene, url) => {
      const upstream = await upstreamAt(scene, url);
      const checks = await scene.get(UpstreamDoctor).examine(upstream, 'acme-notes');
      return checks.map(({ detail }) => detail).join('\n');
    },
  },
  {
    what: 'the keys of an upstream',
    asks: ['libs/upstream/src/upstream-callback-keys.ts'],
    says: /^null$/,
    use: async (scene, url) => {
      const callback = { signature: UNKNOWN_KEY, bodyDigest: '', remoteRunId: null };
      return String(await scene.get(UpstreamCallbackKeys).verify(await upstreamAt(scene, url), callback));
    },
  },
];

/** A JWT of a key that nobody has. */
const UNKNOWN_KEY = `${Buffer.from('{"alg":"RS256","kid":"x"}').toString('base64url')}.e30.AAAA`;

function upstreamAt(scene: SsrfScene, url: string) {
  const everywhere = { apiUrl: url, tokenUrl: url, connectUrl: url, jwksUrl: `${url}#${randomUUID()}` };
  return createUpstream(scene.service.app, scene.tenantId, url, {
    name: `u${randomUUID().slice(0, 8)}`,
    ...everywhere,
  });
}

async function newRun(scene: SsrfScene, inputs: Record<string, string>, more: object = {}): Promise<string> {
  const app = await scene.answering();
  const { userId, tenantId } = scene;
  const run = { userId, appId: app.id, actionKey: 'answer', connectionId: null, inputs: new Secret({ ...inputs }) };
  return createRun(scene.service.app, tenantId, { ...run, ...more });
}

/** Of a run whose app sends on to this URL. */
async function outcomeOf(scene: SsrfScene, how: string, url: string): Promise<string> {
  const run = await newRun(scene, { how, where: where(url) });
  return JSON.stringify((await scene.user.ended(run)).json);
}
