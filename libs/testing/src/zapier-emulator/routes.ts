import { decideAccountConnect, showAccountConnect, showPopupEnd } from './account-connect.js';
import { listActions, listChoices, listInputs, listOutputs, testAction } from './action-endpoints.js';
import { listApps, listWhitelabelApps, showImage } from './app-endpoints.js';
import { createAuthentication, listAuthentications } from './authentication-endpoints.js';
import { authorize, consent } from './authorize.js';
import { decideConnect, openConnect, showConnect } from './connect-ui.js';
import type { Handler, Parts } from './exchange.js';
import { showOverview } from './overview.js';
import { ok } from './reply.js';
import { createRun, showRun } from './run-endpoints.js';
import { answerTokenRequest } from './token-endpoint.js';
import { listCategories, listV1Apps, showProfile } from './v1-endpoints.js';

const ROUTES: Record<string, Handler> = {
  'GET /': showOverview,
  'GET /.well-known/jwks.json': async ({ world }) => ok(await world.signing.published()),
  'POST /oauth/token': answerTokenRequest,
  'GET /oauth/authorize': authorize,
  'GET /v2/authorize': authorize,
  'POST /oauth/consent': consent,
  'GET /to/{app}': openConnect,
  'HEAD /to/{app}': openConnect,
  'GET /to/{app}/session/{session}': showConnect,
  'POST /to/{app}/session/{session}': decideConnect,
  'GET /engine/auth/start/{implementation}': showAccountConnect,
  'POST /engine/auth/start/{implementation}': decideAccountConnect,
  'GET /v2/authentications/redirect': showPopupEnd,
  'GET /images/{file}': showImage,
  'GET /v1/apps': listV1Apps,
  'GET /v1/categories': listCategories,
  'GET /v1/profiles/me': showProfile,
  'GET /v2/apps': listApps,
  'GET /v2/whitelabel/apps': listWhitelabelApps,
  'GET /v2/actions': listActions,
  'POST /v2/actions/{action_id}/inputs': listInputs,
  'POST /v2/actions/{action_id}/inputs/{input_id}/choices': listChoices,
  'POST /v2/actions/{action_id}/outputs': listOutputs,
  'POST /v2/actions/{action_id}/test': testAction,
  'GET /v2/authentications': listAuthentications,
  'POST /v2/authentications': createAuthentication,
  'POST /v2/action-runs': createRun,
  'GET /v2/action-runs/{id}': showRun,
};

const COMPILED = Object.entries(ROUTES).map(([route, handler]) => {
  const [method = '', path = ''] = route.split(' ');
  const pattern = path.replaceAll('.', String.raw`\.`).replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return { method, pattern: new RegExp(`^${pattern}$`), handler };
});

/** @returns null where there is nothing */
export function findRoute(method: string, path: string): { handler: Handler; parts: Parts } | null {
  for (const { method: its, pattern, handler } of COMPILED) {
    const match = its === method ? pattern.exec(path) : null;
    if (!match) continue;
    const parts = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    return { handler, parts: Object.fromEntries(parts) as Parts };
  }
  return null;
}
