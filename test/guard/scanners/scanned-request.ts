import type { Ground } from '../../api-document/hostile-requests.js';
import { thingsIn } from '../../api-document/ids.js';
import type { Operation } from '../../api-document/operations.js';
import { valueOf } from '../../api-document/sample.js';

/** A request that is as the document says, with every parameter that there is: what a scanner varies. */
export interface ScannedRequest {
  name: string;
  method: string;
  /** Each parameter of the path between `mark`s, and the query. */
  target: string;
  headers: Record<string, string>;
  body: string | null;
}

/** What some other value would be refused for, and no query be made. */
const FITTING: Readonly<Record<string, string>> = {
  app: 'acme-crm',
  limit: '10',
  // A run is not waited for: a scanner takes that for a delay of its own.
  wait: '0',
  state: 'succeeded',
  action_type: 'write',
  scope: 'zap',
  redirect_uri: 'https://notes.acme.test/connected',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
};
/** Go with nothing else. */
const ALONE = ['cursor', 'ids'];

/** One, and one more for each parameter that goes with no other. @param mark put behind each parameter of the path */
export function scannedRequests(operation: Operation, ground: Ground, mark: string): ScannedRequest[] {
  const query = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const alone = query.filter((name) => ALONE.includes(name));
  return [
    scannedRequest(operation, ground, mark, (name) => !ALONE.includes(name)),
    ...alone.map((of) => scannedRequest(operation, ground, mark, (name) => name === of)),
  ];
}

function scannedRequest(
  operation: Operation,
  ground: Ground,
  mark: string,
  isWanted: (parameter: string) => boolean,
): ScannedRequest {
  const { method, path, name, parameters, body } = operation;
  const fitting: Record<string, string> = { ...FITTING, client_id: ground.tenant.partner.clientId };
  // What is destroyed is the victim's.
  const whose = method === 'GET' || path.startsWith('/v2/') ? ground.tenant : ground.victim;
  const held = { ...whose.own, ...whose.adas };
  const things = thingsIn(path);
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, of: string) => `${held[things[of] ?? ''] ?? 'acme-crm'}${mark}`);
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && isWanted(parameter.name))
    .map(({ name: of, schema }): [string, string] => [of, fitting[of] ?? String(valueOf(schema, () => true))]);
  const value = body && valueOf(body.schema, () => true);
  const isForm = body?.type === 'application/x-www-form-urlencoded';
  return {
    name,
    method,
    target: filled + (query.length > 0 ? `?${new URLSearchParams(query).toString()}` : ''),
    headers: {
      ...authorizationOf(operation, ground),
      ...(body && { 'content-type': body.type }),
    },
    body: body && (isForm ? new URLSearchParams(value as Record<string, string>).toString() : JSON.stringify(value)),
  };
}

function authorizationOf({ security }: Operation, { tenant, adminToken }: Ground): Record<string, string> {
  const [scheme = ''] = security;
  const { clientId, clientSecret } = tenant.partner;
  const tokens: Record<string, string> = {
    admin: adminToken,
    metrics: adminToken,
    user: tenant.ada.token,
    app: tenant.appToken,
  };
  if (scheme === 'client')
    return { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` };
  const token = tokens[scheme];
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
