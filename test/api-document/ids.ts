/** What the parameters of a path name, by the thing that has such an id. */
const NAMED: readonly [RegExp, Readonly<Record<string, string>>][] = [
  [/^\/v2\/authentications\//, { id: 'authentication' }],
  [/^\/v2\/action-runs\//, { id: 'run' }],
  [/^\/v2\/connect-attempts\//, { id: 'attempt' }],
  [/^\/v2\/connect-links\//, { id: 'link' }],
  [/^\/v2\/webhooks\//, { id: 'webhook' }],
  [/^\/v2\/actions\//, { id: 'action' }],
  [/^\/admin\/platform\/keys\//, { kid: 'kid' }],
  [/^\/admin\/tenants\/\{slug\}\/clients\//, { slug: 'slug', client: 'client' }],
  [/^\/admin\/tenants\/\{slug\}\/users\//, { slug: 'slug', user: 'user' }],
  [/^\/admin\/tenants\/\{slug\}\/keys\/\{kid\}/, { slug: 'slug', kid: 'kid' }],
  [/^\/admin\/tenants\/\{slug\}\/revocations\//, { slug: 'slug', id: 'revocation' }],
  [/^\/admin\/tenants\/\{slug\}\/upstreams\//, { slug: 'slug', name: 'upstream' }],
  [/^\/admin\/tenants\/\{slug\}\/connections\/\{id\}/, { slug: 'slug', id: 'authentication' }],
  [/^\/admin\/tenants\/\{slug\}\/runs\/\{id\}/, { slug: 'slug', id: 'run' }],
  [/^\/admin\/tenants\/\{slug\}\/webhooks\/\{id\}/, { slug: 'slug', id: 'webhook' }],
  [/^\/admin\/tenants\/\{slug\}/, { slug: 'slug' }],
  [/^\/connect\/\{id\}/, { id: 'attempt' }],
];

/** Routes whose parameters are nobody's ids, or that answer to something else than an owner's credentials. */
const EXEMPT: Readonly<Record<string, string>> = {
  'GET /tenants/{slug}/.well-known/jwks.json': 'Public: verifiers of every party read it.',
  'GET /app-images/{file}': 'Public: a tile with a letter.',
  'GET /app-images/initials/{file}': 'Public: a tile with a letter.',
  'GET /to/{app}': 'The key of an app; whose session it is, the code in the query says.',
  'GET /connect/callback/{tenant}/{app}': 'Answers to the state in the query, and the cookie: test/attacks.',
  'POST /upstream-callbacks/{token}': 'The token is the credential.',
  'GET /oauth/upstream/{name}/start': 'The name of an upstream; whose session it is, the code in the query says.',
  'GET /oauth/upstream/{name}/callback': 'Answers to the state in the query, and the cookie: test/attacks.',
  'GET /oauth/upstream/{name}/fragment': 'The same page for everybody.',
  'POST /oauth/upstream/{name}/fragment': 'Answers to the state in the body, and the cookie: test/attacks.',
  'GET /oauth/consent/{id}': 'Answers to the cookie: test/oauth/consent.',
  'POST /oauth/consent/{id}': 'Answers to the cookie: test/oauth/consent.',
  'DELETE /admin/keys/{id}': 'Of the platform alone, to which every admin key belongs; a key of a tenant is refused.',
};

export function reasonNotToTry(operation: string): string | undefined {
  return EXEMPT[operation];
}

export function exemptOperations(): string[] {
  return Object.keys(EXEMPT);
}

/** The thing that each parameter of a path is the id of; a parameter of another kind is left out. */
export function thingsIn(path: string): Readonly<Record<string, string>> {
  return NAMED.find(([pattern]) => pattern.test(path))?.[1] ?? {};
}
