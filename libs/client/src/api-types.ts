// Made of docs/openapi.json by its test: run it with -u after a change.
export interface paths {
  '/.well-known/jwks.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Our own signing keys: of callbacks, and of iss */
    get: operations['Jwks.own'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/.well-known/oauth-authorization-server': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** RFC 8414 */
    get: operations['Metadata.get'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/apps': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All apps */
    get: operations['Apps.list'];
    put?: never;
    /** Register an app by its OpenAPI document. Says what changed for those who rely on the one before */
    post: operations['Apps.register'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/audit/verify': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Follow the hash chain of a tenant, or of all: as far as ten seconds and 100,000 entries reach, and next_cursor for the rest */
    post: operations['AuditVerification.verify'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/health': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How this process and everything that it depends on fares */
    get: operations['AdminHealth.show'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All admin keys, newest first, revoked ones too */
    get: operations['AdminKeys.list'];
    put?: never;
    /** Make an admin key. It is in this answer and nowhere else */
    post: operations['AdminKeys.create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/keys/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Revoke one */
    delete: operations['AdminKeys.revoke'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/platform/audit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The audit of the platform, newest first */
    get: operations['Audit.list.platform'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/platform/audit/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All of it, oldest first: a line of JSON for each entry, with its place in the hash chain */
    get: operations['Audit.export.platform'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/platform/keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The keys that we hold for Gatehouse itself */
    get: operations['Keys.list.platform'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/platform/keys/policy': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** When keys are rotated */
    get: operations['Keys.policy.platform'];
    /** Change the members that are given */
    put: operations['Keys.setPolicy.platform'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/platform/keys/rotate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Make the next key */
    post: operations['Keys.rotate.platform'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/platform/keys/{kid}/revoke': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Take a key out of the JWKS at once */
    post: operations['Keys.revoke.platform'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All tenants */
    get: operations['Tenants.list'];
    put?: never;
    /** Make a tenant, with its first client. The secret is in this answer and nowhere else */
    post: operations['Tenants.create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One tenant */
    get: operations['Tenants.get'];
    put?: never;
    post?: never;
    /** Destroy its data key, then everything that it had. Its secrets are unreadable from then on */
    delete: operations['TenantDeletion.delete'];
    options?: never;
    head?: never;
    /** Change the members that are given */
    patch: operations['Tenants.update'];
    trace?: never;
  };
  '/admin/tenants/{slug}/apps': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All apps: whether the tenant offers each, and how its refreshes fare */
    get: operations['Apps.listOfTenant'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/apps/{key}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /** The tenant's own OAuth client for an app, and whether it is offered */
    put: operations['Apps.configure'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/audit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The audit of the tenant, newest first */
    get: operations['Audit.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/audit/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All of it, oldest first: a line of JSON for each entry, with its place in the hash chain */
    get: operations['Audit.export'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/clients': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Its clients */
    get: operations['Clients.list'];
    put?: never;
    /** Register a client. The secret is in this answer and nowhere else */
    post: operations['Clients.create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/clients/{client}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One client */
    get: operations['Clients.get'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /** Change the members that are given */
    patch: operations['Clients.update'];
    trace?: never;
  };
  '/admin/tenants/{slug}/clients/{client}/secret': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** A new secret. The old one dies at once, or after the grace */
    post: operations['Clients.replaceSecret'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/connections': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Its connections. Deleted ones are listed by their status for as long as they are kept */
    get: operations['Connections.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/connections/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Connections with their credentials, encrypted to the caller's key */
    post: operations['Connections.export'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/connections/import': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Take connections over from elsewhere. Each is answered by itself */
    post: operations['Connections.import'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/connections/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One connection */
    get: operations['ConnectionActions.get'];
    put?: never;
    post?: never;
    /** Disconnect it. revocation says how telling the app went */
    delete: operations['ConnectionActions.remove'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/connections/{id}/refresh': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Renew its token before what is due */
    post: operations['ConnectionActions.refresh'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The keys that we hold for the tenant */
    get: operations['Keys.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/keys/policy': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** When keys are rotated */
    get: operations['Keys.policy'];
    /** Change the members that are given */
    put: operations['Keys.setPolicy'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/keys/rotate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Make the next key */
    post: operations['Keys.rotate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/keys/{kid}/revoke': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Take a key out of the JWKS at once */
    post: operations['Keys.revoke'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/revocations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Those that were started, newest first */
    get: operations['Revocations.list'];
    put?: never;
    /** The kill switch: disconnect all that match. A dry run only counts */
    post: operations['Revocations.create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/revocations/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How far one has come */
    get: operations['Revocations.get'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/runs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How its runs went, newest first */
    get: operations['Runs.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/runs/{id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Call a run off */
    post: operations['Runs.cancel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/trust': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The partner's own keys as we see them */
    get: operations['Trust.status'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/trust/explain': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Which checks a JWT passes. Issues nothing */
    post: operations['Trust.explain'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/trust/refresh': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Fetch them now */
    post: operations['Trust.refresh'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/upstreams': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Other servers of the protocol that the tenant has its apps through */
    get: operations['Upstreams.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/upstreams/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One upstream */
    get: operations['Upstreams.get'];
    /** Make or change one */
    put: operations['Upstreams.put'];
    post?: never;
    /** Remove one, with the connections that were made through it */
    delete: operations['Upstreams.delete'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/upstreams/{name}/doctor': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** What is wrong with it, check by check */
    post: operations['Upstreams.examine'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/upstreams/{name}/sync': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Read its apps now */
    post: operations['Upstreams.sync'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/users': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The people whom its JWTs have named */
    get: operations['Users.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/users/{user}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One user */
    get: operations['Users.get'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /** Let a user in, or out */
    patch: operations['Users.update'];
    trace?: never;
  };
  '/admin/tenants/{slug}/users/{user}/consents': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Forget what the user allowed clients: each has to ask again */
    delete: operations['Users.withdrawConsents'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/webhooks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Its endpoints, as far as their hosts */
    get: operations['AdminWebhooks.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/webhooks/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /** Switch one on or off */
    patch: operations['AdminWebhooks.switch'];
    trace?: never;
  };
  '/admin/tenants/{slug}/webhooks/{id}/deliveries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What it was told, newest first */
    get: operations['AdminWebhooks.deliveries'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/tenants/{slug}/webhooks/{id}/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Tell it again: one delivery, or all that failed since a time */
    post: operations['AdminWebhooks.replay'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/vault': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The keys that wrap data keys, by their ids */
    get: operations['Vault.show'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/vault/rewrap': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Encrypt anew under the primary key. A dry run only counts */
    post: operations['Vault.rewrap'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/admin/vault/tombstones': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Tenants whose data keys were destroyed */
    get: operations['Vault.tombstones'];
    put?: never;
    /** After a restore: tenants that were deleted since the backup are deleted again */
    post: operations['Vault.bury'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/app-images/initials/{file}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A tile with a letter */
    get: operations['AppImage.initial'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/app-images/{file}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** A tile with an app's initial */
    get: operations['AppImage.image'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/connect.js': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The browser SDK, an ES module */
    get: operations['Sdk.sdk'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/connect/callback/{tenant}/{app}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Where the third party sends the browser back to */
    get: operations['Connect.callback'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/connect/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Where the attempt stands */
    get: operations['Connect.look'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/connect/{id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** The way out */
    post: operations['ConnectForms.cancel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/connect/{id}/choice': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Renew the account that is there, or keep both */
    post: operations['ConnectForms.choice'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/connect/{id}/credentials': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** The form of an app that takes a key, a password or a token */
    post: operations['ConnectForms.credentials'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/connect/{id}/on': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The same, for a browser on its way to the partner */
    get: operations['Connect.goOn'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/connect/{id}/popup': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** What the upstream's window said */
    post: operations['ConnectForms.popup'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/connect/{id}/start': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** On to the third party */
    get: operations['Connect.start'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/docs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** This document, for people */
    get: operations['Docs.page'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/docs/openapi.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** This document */
    get: operations['Docs.json'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/live': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** 200 while the process runs */
    get: operations['Health.live'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/ready': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** 200 once requests can be served, else what keeps them from it */
    get: operations['Health.ready'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** For Prometheus */
    get: operations['Metrics.show'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/oauth/authorize': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Begin the authorization code grant: the browser is sent to the login page of the tenant */
    get: operations['Authorize.authorize'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/oauth/consent/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The question whether the client may */
    get: operations['Consent.ask'];
    put?: never;
    /** The answer to it */
    post: operations['Consent.answer'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/oauth/introspect': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** What a token of the client is good for */
    post: operations['Introspect.introspect'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/oauth/login': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Where the login page of the tenant sends the browser back to */
    get: operations['Login.login'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/oauth/revoke': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** End a token. 200 whether there was one or not */
    post: operations['Revoke.revoke'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/oauth/token': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Tokens for a JWT, a code, a refresh token or the client itself */
    post: operations['Token.token'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/oauth/upstream/{name}/callback': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Where an upstream sends the browser back to */
    get: operations['Connect.callback.upstream'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/oauth/upstream/{name}/fragment': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The same, for an upstream that answers in the fragment */
    get: operations['Fragment.page.upstream'];
    put?: never;
    /** What that page has read */
    post: operations['Fragment.read.upstream'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/oauth/upstream/{name}/start': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Open Connect for an account of an upstream */
    get: operations['Connect.open.upstream'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/tenants/{slug}/.well-known/jwks.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The public half of the keys that we hold for a tenant */
    get: operations['Jwks.ofTenant'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/to/{app}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Open Connect with a session code or a link */
    get: operations['Connect.open'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/upstream-callbacks/{token}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Where upstreams tell that a run has ended there; the body is checked by its signature */
    post: operations['UpstreamCallbacks.receive'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/apps': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The catalog in the form of V1 */
    get: operations['V1Catalog.apps'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/categories': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Categories of the tenant's apps */
    get: operations['V1Catalog.categories'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/profiles/me': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Who the token's user is */
    get: operations['Profiles.me'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/action-runs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The user's runs, newest first, without their results */
    get: operations['ActionRuns.list'];
    put?: never;
    /** Run an action. It goes on after this answer */
    post: operations['ActionRuns.create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/action-runs/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One run. With wait, as soon as it ends, or after so many seconds */
    get: operations['ActionRuns.get'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/action-runs/{id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Call it off */
    post: operations['ActionRuns.cancel'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/action-runs/{id}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Its changes as server-sent events, until its end */
    get: operations['ActionRuns.events'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/actions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What an app can do */
    get: operations['Actions.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/actions/{id}/inputs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** What it takes */
    post: operations['Actions.inputs'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/actions/{id}/inputs/{input}/choices': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** What can be chosen for an input */
    post: operations['Actions.inputChoices'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/actions/{id}/outputs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** What it gives */
    post: operations['Actions.outputs'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/actions/{id}/test': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Do it for real, and see the result */
    post: operations['Actions.test'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/apps': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Apps that can be connected */
    get: operations['EmbedApps.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/authentications': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The user's accounts in an app */
    get: operations['Authentications.list'];
    put?: never;
    /** Connect an app that takes a key, a password or a token */
    post: operations['Authentications.create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/authentications/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One account */
    get: operations['Authentications.get'];
    put?: never;
    post?: never;
    /** Disconnect it. meta.revocation says how telling the app went */
    delete: operations['Authentications.remove'];
    options?: never;
    head?: never;
    /** Change its title, metadata, sharing, or whether it is used */
    patch: operations['Authentications.update'];
    trace?: never;
  };
  '/v2/authorize': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Begin the authorization code grant: the browser is sent to the login page of the tenant */
    get: operations['Authorize.authorize.v2'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/connect-attempts/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How an attempt to connect stands */
    get: operations['ConnectAttempts.get'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/connect-attempts/{id}/confirm': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Vouch that the person who consented is the user who began */
    post: operations['ConnectAttempts.confirm'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/connect-links': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The user's links */
    get: operations['ConnectLinks.list'];
    put?: never;
    /** A link to mail to the user. url is in this answer and nowhere else */
    post: operations['ConnectLinks.create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/connect-links/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One link */
    get: operations['ConnectLinks.get'];
    put?: never;
    post?: never;
    /** Revoke it, and what it began */
    delete: operations['ConnectLinks.revoke'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/webhooks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** All endpoints */
    get: operations['Webhooks.list'];
    put?: never;
    /** Be told what happens. secret is in this answer and nowhere else */
    post: operations['Webhooks.create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/webhooks/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One endpoint */
    get: operations['Webhooks.get'];
    put?: never;
    post?: never;
    /** Remove it */
    delete: operations['Webhooks.remove'];
    options?: never;
    head?: never;
    /** Change its address or events, or switch it on or off */
    patch: operations['Webhooks.update'];
    trace?: never;
  };
  '/v2/webhooks/{id}/deliveries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What it was told, newest first */
    get: operations['WebhookDeliveries.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/webhooks/{id}/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Tell it again: one delivery, or all that failed since a time */
    post: operations['WebhookDeliveries.replay'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/webhooks/{id}/secret': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** A new secret beside those of before. It is in this answer and nowhere else */
    post: operations['Webhooks.replaceSecret'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/webhooks/{id}/test': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Tell it something that did not happen */
    post: operations['WebhookDeliveries.test'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v2/whitelabel/apps': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The same, as they are listed for pages without our name */
    get: operations['EmbedApps.whitelabel'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Action: {
      id: string;
      key: string;
      /** @enum {unknown} */
      type: 'action';
      /** Format: uuid */
      app: string;
      action_type: string;
      is_instant: boolean;
      title: string;
      description: string;
      source: string;
    };
    App: {
      /** Format: uuid */
      id: string;
      key: string;
      /** @enum {unknown} */
      type: 'app';
      title: string;
      description: string;
      image: string;
      images: {
        url_16x16: string;
        url_32x32: string;
        url_64x64: string;
        url_128x128: string;
      };
      hex_color: string;
      categories: {
        slug: string;
      }[];
      action_types: string[];
      links: {
        connect_new_authentication: string | null;
      };
      source: string;
    };
    AuditEntry: {
      /** Format: uuid */
      id: string;
      /** Format: date-time */
      at: string;
      actor: string;
      address: string | null;
      request_id: string | null;
      action: string;
      subject: string | null;
      details: {
        [key: string]: unknown;
      } | null;
    };
    Authentication: {
      /** @enum {unknown} */
      type: 'authentication';
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      app: string;
      is_expired: boolean;
      title: string;
      /** @enum {unknown} */
      status: 'pending' | 'connected' | 'degraded' | 'needs_reauth' | 'disabled' | 'deleted';
      status_reason: string | null;
      /** Format: date-time */
      status_since: string;
      account: {
        id: string | null;
        title: string | null;
      } | null;
      is_owner: boolean;
      is_default: boolean;
      /** @enum {unknown} */
      sharing: 'private' | 'org' | 'tenant';
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      expires_at: string | null;
      /** Format: date-time */
      last_refreshed_at: string | null;
      metadata: {
        [key: string]: unknown;
      };
      source: string | null;
    };
    Category: {
      id: number;
      title: string;
      slug: string;
      description: string;
      url: string;
      type_of: string;
      featured_entry_slug: null;
      role: string;
    };
    Checks: {
      database?: {
        /** @enum {unknown} */
        status: 'ok' | 'warn' | 'fail';
        detail: string;
      };
      schema?: {
        /** @enum {unknown} */
        status: 'ok' | 'warn' | 'fail';
        detail: string;
      };
      keyring?: {
        /** @enum {unknown} */
        status: 'ok' | 'warn' | 'fail';
        detail: string;
      };
      listen?: {
        /** @enum {unknown} */
        status: 'ok' | 'warn' | 'fail';
        detail: string;
      };
      loops?: {
        /** @enum {unknown} */
        status: 'ok' | 'warn' | 'fail';
        detail: string;
      };
    };
    Choice: {
      id: string;
      /** @enum {unknown} */
      type: 'choice';
      label: string;
      value: string;
    };
    Client: {
      client_id: string;
      name: string;
      grants: ('token_exchange' | 'authorization_code' | 'refresh_token' | 'client_credentials' | 'implicit')[];
      scopes: (
        | 'profile'
        | 'connection:read'
        | 'connection:write'
        | 'authentication'
        | 'authentication:write'
        | 'zap'
        | 'zap:write'
        | 'action:run'
        | 'webhook:read'
        | 'webhook:write'
        | 'connection:webhook:read'
        | 'connection:webhook:write'
      )[];
      redirect_uris: string[];
      refresh_grace_seconds: number;
      refresh_lifetime_seconds: number | null;
      public: boolean;
      disabled: boolean;
      /** Format: date-time */
      previous_secret_until: string | null;
      /** Format: date-time */
      created_at: string;
    };
    ClientWithSecret: {
      client_id: string;
      name: string;
      grants: ('token_exchange' | 'authorization_code' | 'refresh_token' | 'client_credentials' | 'implicit')[];
      scopes: (
        | 'profile'
        | 'connection:read'
        | 'connection:write'
        | 'authentication'
        | 'authentication:write'
        | 'zap'
        | 'zap:write'
        | 'action:run'
        | 'webhook:read'
        | 'webhook:write'
        | 'connection:webhook:read'
        | 'connection:webhook:write'
      )[];
      redirect_uris: string[];
      refresh_grace_seconds: number;
      refresh_lifetime_seconds: number | null;
      public: boolean;
      disabled: boolean;
      /** Format: date-time */
      previous_secret_until: string | null;
      /** Format: date-time */
      created_at: string;
      client_secret?: string;
    };
    ConnectAttempt: {
      /** @enum {unknown} */
      type: 'connect_attempt';
      /** Format: uuid */
      id: string;
      /** @enum {unknown} */
      state: 'issued' | 'opened' | 'consenting' | 'pending' | 'connected' | 'failed' | 'abandoned';
      /** Format: uuid */
      authentication: string | null;
      error: string | null;
      /** Format: date-time */
      created_at: string;
    };
    ConnectLink: {
      /** @enum {unknown} */
      type: 'connect_link';
      /** Format: uuid */
      id: string;
      /** Format: uuid */
      app: string;
      status: string;
      user_title: string | null;
      redirect_uri: string | null;
      reconnect_id: string | null;
      opened: number;
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      expires_at: string;
    };
    Errors: {
      errors: {
        status: number;
        code: string;
        title: string;
        detail: string;
        source: {
          pointer?: string;
          parameter?: string;
          header?: string;
        } | null;
        meta: {
          [key: string]: unknown;
        } | null;
      }[];
    };
    Fieldset: {
      /** @enum {unknown} */
      type: 'fieldset';
      id: string;
      title: string;
      fields: (components['schemas']['InputField'] | components['schemas']['InfoField'])[];
    };
    InfoField: {
      /** @enum {unknown} */
      type: 'info_field';
      id: string;
      description: string;
    };
    InputField: {
      /** @enum {unknown} */
      type: 'input_field';
      id: string;
      title: string;
      description: string;
      default_value: string;
      placeholder: string;
      is_required: boolean;
      value_type: string;
      depends_on: string[];
      invalidates_input_fields: boolean;
      format?: string;
      items?: {
        type: string;
      };
    };
    JwkSet: {
      keys: {
        kty: string;
        kid: string;
        use: string;
        alg: string;
        n?: string;
        e?: string;
        crv?: string;
        x?: string;
        y?: string;
      }[];
    };
    KeyPolicy: {
      /** @enum {unknown} */
      alg: 'ES256' | 'RS256' | 'EdDSA';
      rotate_every_days: number | null;
      activate_after_seconds: number;
      overlap_seconds: number;
    };
    ListedConnection: {
      /** Format: uuid */
      id: string;
      app: {
        /** Format: uuid */
        id: string;
        key: string;
      };
      org: string;
      user: string;
      /** Format: uuid */
      user_id: string;
      title: string;
      /** @enum {unknown} */
      status: 'pending' | 'connected' | 'degraded' | 'needs_reauth' | 'disabled' | 'deleted';
      status_reason: string | null;
      /** Format: date-time */
      status_since: string;
      account: {
        id: string | null;
        title: string | null;
      };
      /** @enum {unknown} */
      sharing: 'private' | 'org' | 'tenant';
      is_default: boolean;
      external_id: string | null;
      metadata: {
        [key: string]: unknown;
      };
      scopes: string[] | null;
      /** Format: date-time */
      expires_at: string | null;
      /** Format: date-time */
      last_refreshed_at: string | null;
      /** Format: date-time */
      next_refresh_at: string | null;
      refresh_failures: number;
      /** Format: date-time */
      created_at: string;
    };
    ListedRun: {
      /** Format: uuid */
      id: string;
      app: string;
      app_version: number;
      action: string;
      /** Format: uuid */
      authentication: string | null;
      org: string;
      user: string;
      /** @enum {unknown} */
      state: 'queued' | 'running' | 'polling' | 'succeeded' | 'failed' | 'cancelled' | 'outcome_unknown';
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      started_at: string | null;
      /** Format: date-time */
      finished_at: string | null;
      /** Format: date-time */
      expires_at: string | null;
    };
    OauthError: {
      error: string;
      error_description: string;
    };
    OperatorsDelivery: {
      /** Format: uuid */
      id: string;
      event: string;
      subject: string;
      sequence: number;
      /** @enum {unknown} */
      status: 'pending' | 'delivered' | 'failed';
      attempts: number;
      response_status: number | null;
      error: string | null;
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      attempted_at: string | null;
      /** Format: date-time */
      next_attempt_at: string | null;
    };
    OperatorsWebhook: {
      /** Format: uuid */
      id: string;
      origin: string | null;
      events:
        | (
            | 'connection.created'
            | 'connection.refreshed'
            | 'connection.expiring_soon'
            | 'connection.needs_reauth'
            | 'connection.recovered'
            | 'connection.deleted'
            | 'run.succeeded'
            | 'run.failed'
            | 'key.rotated'
            | 'webhook.disabled'
          )[]
        | null;
      enabled: boolean;
      disabled_reason: string | null;
      /** Format: date-time */
      disabled_at: string | null;
      /** Format: date-time */
      failing_since: string | null;
      /** Format: date-time */
      paused_until: string | null;
      /** Format: date-time */
      created_at: string;
    };
    OutputField: {
      /** @enum {unknown} */
      type: 'output_field';
      id: string;
      title: string;
      sample?: string;
    };
    ProblemDetails: {
      type: string;
      title: string;
      status: number;
      code: string;
      detail: string;
      errors?: {
        detail: string;
        pointer?: string;
        parameter?: string;
        header?: string;
      }[];
    };
    Profile: {
      id: number;
      first_name: string;
      last_name: string;
      full_name: string;
      email: string;
      email_confirmed: boolean;
      timezone: string;
    };
    Revocation: {
      /** Format: uuid */
      id: string;
      app: string | null;
      org: string | null;
      user: string | null;
      /** Format: date-time */
      before: string | null;
      total: number | null;
      disconnected: number;
      actor: string;
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      disconnected_at: string | null;
      /** @enum {unknown} */
      state: 'disconnecting' | 'revoking' | 'finished';
      revocations: {
        pending: number;
        revoked: number;
        failed: number;
        unsupported: number;
      };
      apps: {
        [key: string]: {
          pending: number;
          revoked: number;
          failed: number;
          unsupported: number;
        };
      };
    };
    Rewrap: {
      /** Format: uuid */
      id: string;
      /** @enum {unknown} */
      state: 'running' | 'finished' | 'abandoned';
      /** @enum {unknown} */
      data_keys: 'keep' | 'replace';
      key_id: string;
      total: number;
      done: number;
      failed: number;
      /** Format: date-time */
      started_at: string;
      /** Format: date-time */
      finished_at: string | null;
      per_second: number;
      eta_seconds: number | null;
    };
    Run: {
      /** @enum {unknown} */
      type: 'run';
      /** Format: uuid */
      id: string;
      /** @enum {unknown} */
      status: 'waiting' | 'success' | 'error';
      /** @enum {unknown} */
      state: 'queued' | 'running' | 'polling' | 'succeeded' | 'failed' | 'cancelled' | 'outcome_unknown';
      source: string;
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      started_at: string | null;
      /** Format: date-time */
      finished_at: string | null;
      results: unknown[];
      errors: {
        /** @enum {unknown} */
        code: 'user' | 'authentication' | 'partner' | 'system' | 'throttled';
        title: string;
        detail: string;
        meta: null;
        delay?: number;
      }[];
      upstream_may_continue?: boolean;
    };
    Sentences: {
      errors: string[];
    };
    ServerMetadata: {
      issuer: string;
      authorization_endpoint: string;
      token_endpoint: string;
      revocation_endpoint: string;
      introspection_endpoint: string;
      jwks_uri: string;
      grant_types_supported: string[];
      response_types_supported: string[];
      response_modes_supported: string[];
      code_challenge_methods_supported: string[];
      authorization_response_iss_parameter_supported: boolean;
      scopes_supported: string[];
      token_endpoint_auth_methods_supported: string[];
      revocation_endpoint_auth_methods_supported: string[];
      introspection_endpoint_auth_methods_supported: string[];
    };
    SigningKey: {
      kid: string;
      /** @enum {unknown} */
      alg: 'ES256' | 'RS256' | 'EdDSA';
      /** @enum {unknown} */
      state: 'pending' | 'active' | 'retiring' | 'revoked';
      /** Format: date-time */
      activates_at: string | null;
      /** Format: date-time */
      retires_at: string | null;
      /** Format: date-time */
      revoked_at: string | null;
      /** Format: date-time */
      first_used_at: string | null;
      /** Format: date-time */
      last_used_at: string | null;
      /** Format: date-time */
      created_at: string;
    };
    Tenant: {
      slug: string;
      name: string;
      issuer: string;
      audience: string;
      claims: {
        user: string;
        org: string;
      };
      redirect_uris: string[];
      origins: string[];
      login_url: string | null;
      branding: {
        logo_url: string | null;
        color: string | null;
      };
      max_token_age_seconds: number;
      /** @enum {unknown} */
      connect_policy: 'strict' | 'zapier';
      run_retention_days: number;
      /** @enum {unknown} */
      jti: 'optional' | 'required';
      disabled: boolean;
      /** Format: date-time */
      created_at: string;
    };
    Token: {
      access_token: string;
      /** @enum {unknown} */
      token_type: 'Bearer' | 'N_A';
      expires_in: number;
      scope: string;
      refresh_token?: string;
      issued_token_type?: string;
      attempt?: string;
    };
    Trust: {
      source: {
        jwks_uri?: string;
        uploaded?: boolean;
      };
      /** Format: date-time */
      fetched_at: string | null;
      /** Format: date-time */
      fresh_until: string | null;
      stale: boolean;
      /** Format: date-time */
      stale_until: string | null;
      /** @enum {unknown} */
      health: 'ok' | 'failing' | 'unusable' | 'uploaded' | 'not_fetched';
      last_error: string | null;
      /** Format: date-time */
      last_attempt_at: string | null;
      failures: number;
      keys: {
        kid: string;
        alg: string | null;
        kty: string;
        /** @enum {unknown} */
        source: 'url' | 'uploaded';
        /** Format: date-time */
        first_seen_at: string | null;
        /** Format: date-time */
        last_used_at: string | null;
      }[];
      ignored: {
        kid: string | null;
        reason: string;
      }[];
    };
    Upstream: {
      name: string;
      title: string;
      /** @enum {unknown} */
      mode: 'jwt' | 'user' | 'app';
      enabled: boolean;
      api_url: string;
      token_url: string;
      connect_url: string;
      authorize_url: string | null;
      jwks_url: string | null;
      client_id: string;
      issuer: string;
      audience: string;
      claims: {
        user: string;
        org: string;
      };
      scopes: string[];
      /** @enum {unknown} */
      connect: 'page' | 'direct' | 'popup';
      implicit: boolean;
      rate: {
        per_address: number;
        per_partner: number;
        window_seconds: number;
      };
      register: {
        jwks_uri: string;
        redirect_uris: string[];
      };
      health: {
        /** @enum {unknown} */
        state: 'ok' | 'failing' | 'paused' | 'unknown';
        /** Format: date-time */
        answered_at: string | null;
        /** Format: date-time */
        failing_since: string | null;
        last_failure: string | null;
        /** Format: date-time */
        paused_until: string | null;
        apps: number;
        /** Format: date-time */
        synced_at: string | null;
        sync: {
          done: number;
          of: number | null;
        } | null;
      } | null;
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      updated_at: string;
    };
    User: {
      /** Format: uuid */
      id: string;
      org: string;
      subject: string;
      display_name: string | null;
      disabled: boolean;
      /** Format: date-time */
      created_at: string;
    };
    V1App: {
      /** Format: uuid */
      uuid: string;
      title: string;
      slug: string;
      description: string;
      image: string;
      images: {
        url_16x16: string;
        url_32x32: string;
        url_64x64: string;
        url_128x128: string;
      };
      url: string;
      links: Record<string, never>;
      categories: {
        slug: string;
      }[];
      app_latest: string;
      source: string;
    };
    Warning: {
      source: string;
      /** @enum {unknown} */
      code: 'disabled' | 'paused' | 'failing' | 'slow' | 'incomplete' | 'unlinked' | 'throttled';
      detail: string;
    };
    Webhook: {
      /** @enum {unknown} */
      type: 'webhook';
      /** Format: uuid */
      id: string;
      url: string | null;
      events:
        | (
            | 'connection.created'
            | 'connection.refreshed'
            | 'connection.expiring_soon'
            | 'connection.needs_reauth'
            | 'connection.recovered'
            | 'connection.deleted'
            | 'run.succeeded'
            | 'run.failed'
            | 'key.rotated'
            | 'webhook.disabled'
          )[]
        | null;
      enabled: boolean;
      disabled_reason: string | null;
      /** Format: date-time */
      disabled_at: string | null;
      /** Format: date-time */
      failing_since: string | null;
      /** Format: date-time */
      created_at: string;
    };
    WebhookDelivery: {
      /** @enum {unknown} */
      type: 'webhook_delivery';
      /** Format: uuid */
      id: string;
      event: string;
      subject: string;
      sequence: number;
      /** @enum {unknown} */
      status: 'pending' | 'delivered' | 'failed';
      attempts: number;
      response_status: number | null;
      error: string | null;
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      attempted_at: string | null;
      /** Format: date-time */
      next_attempt_at: string | null;
    };
    WhitelabelApp: {
      /** @enum {unknown} */
      type: 'app';
      /** Format: uuid */
      id: string;
      key: string;
      title: string;
      image: string;
      is_oauth: boolean;
      has_fields: boolean;
      has_byoc: boolean;
      links: {
        mcp_authorize_url: string;
        mcp_server_url: string;
      };
      source: string;
    };
  };
  responses: {
    /** @description A value is not valid, or what was asked for is not possible. */
    'admin-400': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['ProblemDetails'];
      };
    };
    /** @description Credentials are missing or were not accepted. */
    'admin-401': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['ProblemDetails'];
      };
    };
    /** @description The credentials do not reach this. */
    'admin-403': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['ProblemDetails'];
      };
    };
    /** @description There is no such thing, or it is not yours. */
    'admin-404': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['ProblemDetails'];
      };
    };
    /** @description It exists already, has changed, or is being done at this moment. */
    'admin-409': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['ProblemDetails'];
      };
    };
    /** @description The body is too large. */
    'admin-413': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['ProblemDetails'];
      };
    };
    /** @description The content type is not supported. */
    'admin-415': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['ProblemDetails'];
      };
    };
    /** @description Too many requests: see Retry-After. */
    'admin-429': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['ProblemDetails'];
      };
    };
    /** @description Something failed on our side. */
    'admin-500': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['ProblemDetails'];
      };
    };
    /** @description Not available right now: see Retry-After. */
    'admin-503': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['ProblemDetails'];
      };
    };
    /** @description A value is not valid, or what was asked for is not possible. */
    'embed-400': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Errors'];
      };
    };
    /** @description Credentials are missing or were not accepted. */
    'embed-401': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Errors'];
      };
    };
    /** @description The credentials do not reach this. */
    'embed-403': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Errors'];
      };
    };
    /** @description There is no such thing, or it is not yours. */
    'embed-404': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Errors'];
      };
    };
    /** @description It exists already, has changed, or is being done at this moment. */
    'embed-409': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Errors'];
      };
    };
    /** @description The body is too large. */
    'embed-413': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Errors'];
      };
    };
    /** @description The content type is not supported. */
    'embed-415': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Errors'];
      };
    };
    /** @description The Idempotency-Key was used for another request; on a page: what was typed did not work. */
    'embed-422': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Errors'];
      };
    };
    /** @description Too many requests: see Retry-After. */
    'embed-429': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Errors'];
      };
    };
    /** @description Something failed on our side. */
    'embed-500': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Errors'];
      };
    };
    /** @description Not available right now: see Retry-After. */
    'embed-503': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Errors'];
      };
    };
    /** @description A value is not valid, or what was asked for is not possible. */
    'embed-v1-400': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Sentences'];
      };
    };
    /** @description Credentials are missing or were not accepted. */
    'embed-v1-401': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Sentences'];
      };
    };
    /** @description The credentials do not reach this. */
    'embed-v1-403': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Sentences'];
      };
    };
    /** @description The content type is not supported. */
    'embed-v1-415': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Sentences'];
      };
    };
    /** @description Too many requests: see Retry-After. */
    'embed-v1-429': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Sentences'];
      };
    };
    /** @description Something failed on our side. */
    'embed-v1-500': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Sentences'];
      };
    };
    /** @description Not available right now: see Retry-After. */
    'embed-v1-503': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['Sentences'];
      };
    };
    /** @description A value is not valid, or what was asked for is not possible. */
    'oauth-400': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['OauthError'];
      };
    };
    /** @description Credentials are missing or were not accepted. */
    'oauth-401': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['OauthError'];
      };
    };
    /** @description Too many requests: see Retry-After. */
    'oauth-429': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['OauthError'];
      };
    };
    /** @description Something failed on our side. */
    'oauth-500': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['OauthError'];
      };
    };
    /** @description Not available right now: see Retry-After. */
    'oauth-503': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'application/json': components['schemas']['OauthError'];
      };
    };
    /** @description A value is not valid, or what was asked for is not possible. */
    'pages-400': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'text/html': unknown;
      };
    };
    /** @description The credentials do not reach this. */
    'pages-403': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'text/html': unknown;
      };
    };
    /** @description There is no such thing, or it is not yours. */
    'pages-404': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'text/html': unknown;
      };
    };
    /** @description The body is too large. */
    'pages-413': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'text/html': unknown;
      };
    };
    /** @description The content type is not supported. */
    'pages-415': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'text/html': unknown;
      };
    };
    /** @description Too many requests: see Retry-After. */
    'pages-429': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'text/html': unknown;
      };
    };
    /** @description Something failed on our side. */
    'pages-500': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'text/html': unknown;
      };
    };
    /** @description Not available right now: see Retry-After. */
    'pages-503': {
      headers: {
        [name: string]: unknown;
      };
      content: {
        'text/html': unknown;
      };
    };
  };
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  'Jwks.own': {
    parameters: {
      query?: never;
      header?: {
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['JwkSet'];
        };
      };
      /** @description It has not changed since that ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['admin-400'];
      415: components['responses']['admin-415'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Metadata.get': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ServerMetadata'];
        };
      };
      400: components['responses']['admin-400'];
      415: components['responses']['admin-415'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Apps.list': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            apps: {
              /** Format: uuid */
              id: string;
              key: string;
              title: string;
              source: string;
              version: number;
              actions: string[];
              /** Format: date-time */
              updated_at: string;
            }[];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Apps.register': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          [key: string]: unknown;
        };
        'application/yaml': string;
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** Format: uuid */
            id: string;
            key: string;
            title: string;
            source: string;
            version: number;
            actions: string[];
            /** Format: date-time */
            updated_at: string;
            breaking: {
              action: string | null;
              change: string;
              detail: string;
            }[];
            skipped: {
              operation: string;
              reason: string;
            }[];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'AuditVerification.verify': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          tenant?: string;
          checkpoints?: string[];
          limit?: number;
          cursor?: string;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @description Of what this answer followed. The record is whole when it is so of each answer, up to the last. */
            ok: boolean;
            chains: {
              /** Format: uuid */
              tenant_id: string;
              tenant: string | null;
              /** @description Nothing is broken in what was followed of it by now. */
              ok: boolean;
              /** @description How many were followed by now, from its first on. */
              entries: number;
              /** @description False: it is longer, and the next answer goes on with it. */
              complete: boolean;
              unchained: number;
              checkpoint: string | null;
              broken: {
                kind: string;
                sequence: number | null;
                /** Format: uuid */
                entry_id: string | null;
              } | null;
            }[];
            /** @description To be sent as cursor, with the same tenant and checkpoints. Null: all was followed. */
            next_cursor: string | null;
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'AdminHealth.show': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            checks: components['schemas']['Checks'];
            loops: {
              [key: string]: number;
            };
            queues?: {
              queue: string;
              due: number;
              overdue: number;
              oldest_seconds: number;
            }[];
            circuits?: {
              refreshes: {
                tenant: string;
                app: string;
                reason: string | null;
                /** Format: date-time */
                since: string | null;
                /** Format: date-time */
                next_probe_at: string;
              }[];
              upstreams: {
                tenant: string;
                upstream: string;
                reason: string | null;
                /** Format: date-time */
                since: string | null;
                /** Format: date-time */
                next_probe_at: string;
              }[];
            };
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'AdminKeys.list': {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        tenant?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            keys: {
              /** Format: uuid */
              id: string;
              name: string;
              tenant: string | null;
              read_only: boolean;
              /** Format: date-time */
              expires_at: string | null;
              /** Format: date-time */
              last_used_at: string | null;
              /** Format: date-time */
              revoked_at: string | null;
              /** Format: date-time */
              created_at: string;
            }[];
            next_cursor: string | null;
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'AdminKeys.create': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          name: string;
          tenant?: string;
          read_only?: boolean;
          /** @description A date, or a date and a time, of ISO 8601. */
          expires_at?: string;
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** Format: uuid */
            id: string;
            name: string;
            tenant: string | null;
            read_only: boolean;
            /** Format: date-time */
            expires_at: string | null;
            /** Format: date-time */
            last_used_at: string | null;
            /** Format: date-time */
            revoked_at: string | null;
            /** Format: date-time */
            created_at: string;
            key: string;
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'AdminKeys.revoke': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Audit.list.platform': {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        action?:
          | 'key.created'
          | 'key.activated'
          | 'key.retiring'
          | 'key.retired'
          | 'key.revoked'
          | 'key_policy.changed'
          | 'trust.changed'
          | 'trust.refreshed'
          | 'tenant.created'
          | 'tenant.changed'
          | 'tenant.disabled'
          | 'tenant.enabled'
          | 'tenant.deleted'
          | 'client.created'
          | 'client.changed'
          | 'client.secret_replaced'
          | 'client.disabled'
          | 'client.enabled'
          | 'user.disabled'
          | 'user.enabled'
          | 'connection.consented'
          | 'connection.created'
          | 'connection.confirmed'
          | 'connection.reconnected'
          | 'connection.disabled'
          | 'connection.enabled'
          | 'connection.deleted'
          | 'connection.abandoned'
          | 'connection.changed'
          | 'connection.revoked'
          | 'connection.refresh_requested'
          | 'connect_link.created'
          | 'connect_link.used'
          | 'connect_link.revoked'
          | 'connections.imported'
          | 'connections.exported'
          | 'connection.degraded'
          | 'connection.needs_reauth'
          | 'connection.recovered'
          | 'connection.scopes_changed'
          | 'connection.answer_orphaned'
          | 'connection.answer_revoked'
          | 'refresh.paused'
          | 'refresh.resumed'
          | 'vault.rewrap_started'
          | 'vault.rewrap_finished'
          | 'vault.open_failed'
          | 'consent.withdrawn'
          | 'webhook.created'
          | 'webhook.changed'
          | 'webhook.secret_replaced'
          | 'webhook.disabled'
          | 'webhook.deleted'
          | 'upstream.created'
          | 'upstream.changed'
          | 'upstream.deleted'
          | 'revocation.started'
          | 'revocation.finished'
          | 'admin_key.created'
          | 'admin_key.revoked'
          | 'console.signed_in'
          | 'console.signed_out'
          | 'run.cancelled'
          | 'webhook.replayed'
          | 'app.registered'
          | 'app.changed';
        subject?: string;
        actor?: string;
        since?: string;
        until?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            entries: components['schemas']['AuditEntry'][];
            next_cursor: string | null;
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Audit.export.platform': {
    parameters: {
      query?: {
        action?:
          | 'key.created'
          | 'key.activated'
          | 'key.retiring'
          | 'key.retired'
          | 'key.revoked'
          | 'key_policy.changed'
          | 'trust.changed'
          | 'trust.refreshed'
          | 'tenant.created'
          | 'tenant.changed'
          | 'tenant.disabled'
          | 'tenant.enabled'
          | 'tenant.deleted'
          | 'client.created'
          | 'client.changed'
          | 'client.secret_replaced'
          | 'client.disabled'
          | 'client.enabled'
          | 'user.disabled'
          | 'user.enabled'
          | 'connection.consented'
          | 'connection.created'
          | 'connection.confirmed'
          | 'connection.reconnected'
          | 'connection.disabled'
          | 'connection.enabled'
          | 'connection.deleted'
          | 'connection.abandoned'
          | 'connection.changed'
          | 'connection.revoked'
          | 'connection.refresh_requested'
          | 'connect_link.created'
          | 'connect_link.used'
          | 'connect_link.revoked'
          | 'connections.imported'
          | 'connections.exported'
          | 'connection.degraded'
          | 'connection.needs_reauth'
          | 'connection.recovered'
          | 'connection.scopes_changed'
          | 'connection.answer_orphaned'
          | 'connection.answer_revoked'
          | 'refresh.paused'
          | 'refresh.resumed'
          | 'vault.rewrap_started'
          | 'vault.rewrap_finished'
          | 'vault.open_failed'
          | 'consent.withdrawn'
          | 'webhook.created'
          | 'webhook.changed'
          | 'webhook.secret_replaced'
          | 'webhook.disabled'
          | 'webhook.deleted'
          | 'upstream.created'
          | 'upstream.changed'
          | 'upstream.deleted'
          | 'revocation.started'
          | 'revocation.finished'
          | 'admin_key.created'
          | 'admin_key.revoked'
          | 'console.signed_in'
          | 'console.signed_out'
          | 'run.cancelled'
          | 'webhook.replayed'
          | 'app.registered'
          | 'app.changed';
        subject?: string;
        actor?: string;
        since?: string;
        until?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Lines of JSON. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/x-ndjson': unknown;
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Keys.list.platform': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            keys: components['schemas']['SigningKey'][];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Keys.policy.platform': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeyPolicy'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Keys.setPolicy.platform': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          rotate_every_days?: number | null;
          /** @enum {unknown} */
          alg?: 'ES256' | 'RS256' | 'EdDSA';
          activate_after_seconds?: number;
          overlap_seconds?: number;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeyPolicy'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Keys.rotate.platform': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          /** @enum {unknown} */
          alg?: 'ES256' | 'RS256' | 'EdDSA';
          activate_after_seconds?: number;
          overlap_seconds?: number;
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SigningKey'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Keys.revoke.platform': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        kid: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SigningKey'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Tenants.list': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            tenants: components['schemas']['Tenant'][];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Tenants.create': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          slug: string;
          name: string;
          issuer: string;
          trust: {
            /** Format: uri */
            jwks_uri?: string;
            jwks?: {
              [key: string]: unknown;
            };
          };
          audience?: string;
          claims?: {
            user?: string;
            org?: string;
          };
          redirect_uris?: string[];
          origins?: string[];
          /** Format: uri */
          login_url?: string | null;
          branding?: {
            /** Format: uri */
            logo_url?: string | null;
            color?: string | null;
          } | null;
          max_token_age_seconds?: number;
          run_retention_days?: number;
          /** @enum {unknown} */
          connect_policy?: 'strict' | 'zapier';
          /** @enum {unknown} */
          jti?: 'optional' | 'required';
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            slug: string;
            name: string;
            issuer: string;
            audience: string;
            claims: {
              user: string;
              org: string;
            };
            redirect_uris: string[];
            origins: string[];
            login_url: string | null;
            branding: {
              logo_url: string | null;
              color: string | null;
            };
            max_token_age_seconds: number;
            /** @enum {unknown} */
            connect_policy: 'strict' | 'zapier';
            run_retention_days: number;
            /** @enum {unknown} */
            jti: 'optional' | 'required';
            disabled: boolean;
            /** Format: date-time */
            created_at: string;
            client: components['schemas']['ClientWithSecret'];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Tenants.get': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Tenant'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'TenantDeletion.delete': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Tenants.update': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          name?: string;
          issuer?: string;
          trust?: {
            /** Format: uri */
            jwks_uri?: string;
            jwks?: {
              [key: string]: unknown;
            };
          };
          disabled?: boolean;
          audience?: string;
          claims?: {
            user?: string;
            org?: string;
          };
          redirect_uris?: string[];
          origins?: string[];
          /** Format: uri */
          login_url?: string | null;
          branding?: {
            /** Format: uri */
            logo_url?: string | null;
            color?: string | null;
          } | null;
          max_token_age_seconds?: number;
          run_retention_days?: number;
          /** @enum {unknown} */
          connect_policy?: 'strict' | 'zapier';
          /** @enum {unknown} */
          jti?: 'optional' | 'required';
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Tenant'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Apps.listOfTenant': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            apps: {
              /** Format: uuid */
              id: string;
              key: string;
              enabled: boolean;
              oauth: {
                client_id: string;
              } | null;
              scopes: string[] | null;
              server_url: string | null;
              callback_url: string;
              offered: boolean;
              refresh:
                | {
                    /** @enum {unknown} */
                    state: 'working';
                  }
                | {
                    /** @enum {unknown} */
                    state: 'paused';
                    reason: string;
                    /** Format: date-time */
                    since: string;
                    /** Format: date-time */
                    next_probe_at: string;
                  };
            }[];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Apps.configure': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        key: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          enabled?: boolean;
          oauth?: {
            client_id: string;
            client_secret: string;
          };
          scopes?: string[];
          /** Format: uri */
          server_url?: string;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** Format: uuid */
            id: string;
            key: string;
            enabled: boolean;
            oauth: {
              client_id: string;
            } | null;
            scopes: string[] | null;
            server_url: string | null;
            callback_url: string;
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Audit.list': {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        action?:
          | 'key.created'
          | 'key.activated'
          | 'key.retiring'
          | 'key.retired'
          | 'key.revoked'
          | 'key_policy.changed'
          | 'trust.changed'
          | 'trust.refreshed'
          | 'tenant.created'
          | 'tenant.changed'
          | 'tenant.disabled'
          | 'tenant.enabled'
          | 'tenant.deleted'
          | 'client.created'
          | 'client.changed'
          | 'client.secret_replaced'
          | 'client.disabled'
          | 'client.enabled'
          | 'user.disabled'
          | 'user.enabled'
          | 'connection.consented'
          | 'connection.created'
          | 'connection.confirmed'
          | 'connection.reconnected'
          | 'connection.disabled'
          | 'connection.enabled'
          | 'connection.deleted'
          | 'connection.abandoned'
          | 'connection.changed'
          | 'connection.revoked'
          | 'connection.refresh_requested'
          | 'connect_link.created'
          | 'connect_link.used'
          | 'connect_link.revoked'
          | 'connections.imported'
          | 'connections.exported'
          | 'connection.degraded'
          | 'connection.needs_reauth'
          | 'connection.recovered'
          | 'connection.scopes_changed'
          | 'connection.answer_orphaned'
          | 'connection.answer_revoked'
          | 'refresh.paused'
          | 'refresh.resumed'
          | 'vault.rewrap_started'
          | 'vault.rewrap_finished'
          | 'vault.open_failed'
          | 'consent.withdrawn'
          | 'webhook.created'
          | 'webhook.changed'
          | 'webhook.secret_replaced'
          | 'webhook.disabled'
          | 'webhook.deleted'
          | 'upstream.created'
          | 'upstream.changed'
          | 'upstream.deleted'
          | 'revocation.started'
          | 'revocation.finished'
          | 'admin_key.created'
          | 'admin_key.revoked'
          | 'console.signed_in'
          | 'console.signed_out'
          | 'run.cancelled'
          | 'webhook.replayed'
          | 'app.registered'
          | 'app.changed';
        subject?: string;
        actor?: string;
        since?: string;
        until?: string;
      };
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            entries: components['schemas']['AuditEntry'][];
            next_cursor: string | null;
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Audit.export': {
    parameters: {
      query?: {
        action?:
          | 'key.created'
          | 'key.activated'
          | 'key.retiring'
          | 'key.retired'
          | 'key.revoked'
          | 'key_policy.changed'
          | 'trust.changed'
          | 'trust.refreshed'
          | 'tenant.created'
          | 'tenant.changed'
          | 'tenant.disabled'
          | 'tenant.enabled'
          | 'tenant.deleted'
          | 'client.created'
          | 'client.changed'
          | 'client.secret_replaced'
          | 'client.disabled'
          | 'client.enabled'
          | 'user.disabled'
          | 'user.enabled'
          | 'connection.consented'
          | 'connection.created'
          | 'connection.confirmed'
          | 'connection.reconnected'
          | 'connection.disabled'
          | 'connection.enabled'
          | 'connection.deleted'
          | 'connection.abandoned'
          | 'connection.changed'
          | 'connection.revoked'
          | 'connection.refresh_requested'
          | 'connect_link.created'
          | 'connect_link.used'
          | 'connect_link.revoked'
          | 'connections.imported'
          | 'connections.exported'
          | 'connection.degraded'
          | 'connection.needs_reauth'
          | 'connection.recovered'
          | 'connection.scopes_changed'
          | 'connection.answer_orphaned'
          | 'connection.answer_revoked'
          | 'refresh.paused'
          | 'refresh.resumed'
          | 'vault.rewrap_started'
          | 'vault.rewrap_finished'
          | 'vault.open_failed'
          | 'consent.withdrawn'
          | 'webhook.created'
          | 'webhook.changed'
          | 'webhook.secret_replaced'
          | 'webhook.disabled'
          | 'webhook.deleted'
          | 'upstream.created'
          | 'upstream.changed'
          | 'upstream.deleted'
          | 'revocation.started'
          | 'revocation.finished'
          | 'admin_key.created'
          | 'admin_key.revoked'
          | 'console.signed_in'
          | 'console.signed_out'
          | 'run.cancelled'
          | 'webhook.replayed'
          | 'app.registered'
          | 'app.changed';
        subject?: string;
        actor?: string;
        since?: string;
        until?: string;
      };
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Lines of JSON. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/x-ndjson': unknown;
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Clients.list': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            clients: components['schemas']['Client'][];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Clients.create': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          name: string;
          grants: ('token_exchange' | 'authorization_code' | 'refresh_token' | 'client_credentials' | 'implicit')[];
          scopes: (
            | 'profile'
            | 'connection:read'
            | 'connection:write'
            | 'authentication'
            | 'authentication:write'
            | 'zap'
            | 'zap:write'
            | 'action:run'
            | 'webhook:read'
            | 'webhook:write'
            | 'connection:webhook:read'
            | 'connection:webhook:write'
          )[];
          redirect_uris?: string[];
          refresh_grace_seconds?: number;
          refresh_lifetime_seconds?: number | null;
          public?: boolean;
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ClientWithSecret'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Clients.get': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        client: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Client'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Clients.update': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        client: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          name?: string;
          grants?: ('token_exchange' | 'authorization_code' | 'refresh_token' | 'client_credentials' | 'implicit')[];
          scopes?: (
            | 'profile'
            | 'connection:read'
            | 'connection:write'
            | 'authentication'
            | 'authentication:write'
            | 'zap'
            | 'zap:write'
            | 'action:run'
            | 'webhook:read'
            | 'webhook:write'
            | 'connection:webhook:read'
            | 'connection:webhook:write'
          )[];
          redirect_uris?: string[];
          refresh_grace_seconds?: number;
          refresh_lifetime_seconds?: number | null;
          disabled?: boolean;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Client'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Clients.replaceSecret': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        client: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          grace_seconds?: number;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ClientWithSecret'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Connections.list': {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        app?: string;
        org?: string;
        user?: string;
        status?: 'pending' | 'connected' | 'degraded' | 'needs_reauth' | 'disabled' | 'deleted';
      };
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            connections: components['schemas']['ListedConnection'][];
            next_cursor: string | null;
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Connections.export': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          jwk: {
            [key: string]: unknown;
          };
          app?: string;
          org?: string;
          user?: string;
          /** @enum {unknown} */
          status?: 'connected' | 'degraded' | 'needs_reauth' | 'disabled';
          limit?: number;
          cursor?: string;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            bundle: string;
            count: number;
            unreadable: string[];
            next_cursor: string | null;
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Connections.import': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          connections: unknown[];
          dry_run?: boolean;
          verify?: boolean;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            dry_run: boolean;
            created: number;
            updated: number;
            failed: number;
            results: {
              index: number;
              external_id: string | null;
              /** @enum {unknown} */
              outcome: 'created' | 'updated' | 'failed';
              /** Format: uuid */
              id?: string | null;
              verified?: boolean;
              reasons?: {
                detail: string;
                pointer?: string;
                parameter?: string;
                header?: string;
              }[];
            }[];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'ConnectionActions.get': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListedConnection'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'ConnectionActions.remove': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            id: string;
            /** @enum {unknown} */
            deleted: true;
            /** @enum {unknown} */
            revocation: 'revoked' | 'failed' | 'unsupported' | 'pending';
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'ConnectionActions.refresh': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListedConnection'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Keys.list': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            keys: components['schemas']['SigningKey'][];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Keys.policy': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeyPolicy'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Keys.setPolicy': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          rotate_every_days?: number | null;
          /** @enum {unknown} */
          alg?: 'ES256' | 'RS256' | 'EdDSA';
          activate_after_seconds?: number;
          overlap_seconds?: number;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['KeyPolicy'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Keys.rotate': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          /** @enum {unknown} */
          alg?: 'ES256' | 'RS256' | 'EdDSA';
          activate_after_seconds?: number;
          overlap_seconds?: number;
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SigningKey'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Keys.revoke': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        kid: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SigningKey'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Revocations.list': {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
      };
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            revocations: {
              /** Format: uuid */
              id: string;
              app: string | null;
              org: string | null;
              user: string | null;
              /** Format: date-time */
              before: string | null;
              total: number | null;
              disconnected: number;
              actor: string;
              /** Format: date-time */
              created_at: string;
              /** Format: date-time */
              disconnected_at: string | null;
            }[];
            next_cursor: string | null;
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Revocations.create': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          dry_run: boolean;
          app?: string;
          org?: string;
          user?: string;
          /** @description A date, or a date and a time, of ISO 8601. */
          before?: string;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {unknown} */
            dry_run: true;
            total: number;
            apps: {
              [key: string]: number;
            };
          };
        };
      };
      /** @description Done. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Revocation'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Revocations.get': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Revocation'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Runs.list': {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        app?: string;
        org?: string;
        user?: string;
        state?: string;
      };
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            runs: components['schemas']['ListedRun'][];
            next_cursor: string | null;
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Runs.cancel': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ListedRun'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Trust.status': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Trust'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Trust.explain': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          token: string;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            valid: boolean;
            checks: {
              check: string;
              ok: boolean;
              detail: string;
            }[];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Trust.refresh': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          forget?: boolean;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Trust'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Upstreams.list': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            upstreams: components['schemas']['Upstream'][];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Upstreams.get': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Upstream'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Upstreams.put': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        name: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** @enum {unknown} */
          mode: 'jwt' | 'user' | 'app';
          /** Format: uri */
          api_url: string;
          /** Format: uri */
          token_url: string;
          /** Format: uri */
          connect_url: string;
          client_id: string;
          /** Format: uri */
          authorize_url?: string;
          /** Format: uri */
          jwks_url?: string;
          client_secret?: string;
          issuer?: string;
          audience?: string;
          title?: string;
          enabled?: boolean;
          scopes?: string[];
          claims?: {
            user?: string;
            org?: string;
          };
          /** @enum {unknown} */
          connect?: 'page' | 'direct' | 'popup';
          implicit?: boolean;
          rate?: {
            per_address?: number;
            per_partner?: number;
            window_seconds?: number;
          };
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Upstream'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Upstreams.delete': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Upstreams.examine': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            ok: boolean;
            checks: {
              check: string;
              ok: boolean;
              detail: string;
            }[];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Upstreams.sync': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Upstream'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Users.list': {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        org?: string;
        subject?: string;
      };
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            users: components['schemas']['User'][];
            next_cursor: string | null;
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Users.get': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        user: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['User'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Users.update': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        user: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          disabled: boolean;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['User'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Users.withdrawConsents': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        user: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'AdminWebhooks.list': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            webhooks: components['schemas']['OperatorsWebhook'][];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'AdminWebhooks.switch': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          enabled: boolean;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['OperatorsWebhook'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'AdminWebhooks.deliveries': {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        status?: 'pending' | 'delivered' | 'failed';
      };
      header?: never;
      path: {
        slug: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            deliveries: components['schemas']['OperatorsDelivery'][];
            next_cursor: string | null;
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'AdminWebhooks.replay': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        slug: string;
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          delivery?: string;
          /** Format: date-time */
          since?: string;
        };
      };
    };
    responses: {
      /** @description Done. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            count: number;
            has_more: boolean;
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      404: components['responses']['admin-404'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Vault.show': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            keys: {
              id: string;
              data_keys: number;
              primary: boolean;
            }[];
            missing_keys: {
              id: string;
              data_keys: number;
            }[];
            rewrap: components['schemas']['Rewrap'] | null;
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Vault.rewrap': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          /** @enum {unknown} */
          data_keys?: 'keep' | 'replace';
          dry_run?: boolean;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {unknown} */
            data_keys: 'keep' | 'replace';
            total: number;
          };
        };
      };
      /** @description Done. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Rewrap'];
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Vault.tombstones': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            tombstones: {
              /** Format: uuid */
              tenant_id: string;
              slug: string;
              /** Format: date-time */
              shredded_at: string;
            }[];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Vault.bury': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          tombstones: {
            /** Format: uuid */
            tenant_id: string;
            slug: string;
            /** @description A date, or a date and a time, of ISO 8601. */
            shredded_at: string;
          }[];
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            tombstones: {
              /** Format: uuid */
              tenant_id: string;
              slug: string;
              /** Format: date-time */
              shredded_at: string;
            }[];
          };
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      403: components['responses']['admin-403'];
      409: components['responses']['admin-409'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'AppImage.initial': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        file: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The image. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'image/svg+xml': unknown;
        };
      };
      400: components['responses']['admin-400'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'AppImage.image': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        file: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The image. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'image/svg+xml': unknown;
        };
      };
      400: components['responses']['admin-400'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Sdk.sdk': {
    parameters: {
      query?: never;
      header?: {
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The module. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/javascript': unknown;
        };
      };
      /** @description It has not changed since that ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['admin-400'];
      415: components['responses']['admin-415'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Connect.callback': {
    parameters: {
      query?: {
        state?: string;
        code?: string;
        error?: string;
        error_description?: string;
        iss?: string;
      };
      header?: never;
      path: {
        tenant: string;
        app: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Where the attempt stands. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      /** @description On. */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description On, or back to the partner. */
      303: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'Connect.look': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Where the attempt stands. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      /** @description On. */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description On, or back to the partner. */
      303: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'ConnectForms.cancel': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Where the attempt stands. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      /** @description On. */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description On, or back to the partner. */
      303: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      413: components['responses']['pages-413'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'ConnectForms.choice': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/x-www-form-urlencoded': {
          form_token: string;
          /** @enum {unknown} */
          choice?: 'renew' | 'both';
        };
      };
    };
    responses: {
      /** @description Where the attempt stands. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      /** @description On. */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description On, or back to the partner. */
      303: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      413: components['responses']['pages-413'];
      415: components['responses']['pages-415'];
      /** @description What was typed did not work: the same form again. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'ConnectForms.credentials': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/x-www-form-urlencoded': {
          form_token: string;
        };
      };
    };
    responses: {
      /** @description Where the attempt stands. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      /** @description On. */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description On, or back to the partner. */
      303: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      413: components['responses']['pages-413'];
      415: components['responses']['pages-415'];
      /** @description What was typed did not work: the same form again. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'Connect.goOn': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Where the attempt stands. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      /** @description On. */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description On, or back to the partner. */
      303: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'ConnectForms.popup': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/x-www-form-urlencoded': {
          form_token: string;
        };
      };
    };
    responses: {
      /** @description Where the attempt stands. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      /** @description On. */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description On, or back to the partner. */
      303: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      413: components['responses']['pages-413'];
      415: components['responses']['pages-415'];
      /** @description What was typed did not work: the same form again. */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'Connect.start': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Where the attempt stands. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      /** @description On. */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description On, or back to the partner. */
      303: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'Docs.page': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The page. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      400: components['responses']['admin-400'];
      415: components['responses']['admin-415'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Docs.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            [key: string]: unknown;
          };
        };
      };
      400: components['responses']['admin-400'];
      415: components['responses']['admin-415'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Health.live': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {unknown} */
            status: 'ok';
          };
        };
      };
      400: components['responses']['admin-400'];
      415: components['responses']['admin-415'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Health.ready': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {unknown} */
            status: 'ok' | 'unavailable';
            failing: string[];
            checks: components['schemas']['Checks'];
          };
        };
      };
      400: components['responses']['admin-400'];
      415: components['responses']['admin-415'];
      500: components['responses']['admin-500'];
      /** @description Done. */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {unknown} */
            status: 'ok' | 'unavailable';
            failing: string[];
            checks: components['schemas']['Checks'];
          };
        };
      };
    };
  };
  'Metrics.show': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The exposition format of Prometheus. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/plain': unknown;
        };
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      415: components['responses']['admin-415'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Authorize.authorize': {
    parameters: {
      query?: {
        client_id?: string;
        response_type?: 'code' | 'token';
        redirect_uri?: string;
        scope?: string;
        state?: string;
        code_challenge?: string;
        code_challenge_method?: 'S256';
        response_mode?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description To the login page, or back to the client with an error. */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'Consent.ask': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The question. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      /** @description Back to the client. */
      303: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'Consent.answer': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/x-www-form-urlencoded': {
          form_token: string;
          /** @enum {unknown} */
          decision?: 'allow' | 'cancel';
        };
      };
    };
    responses: {
      /** @description Back to the client. */
      303: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      413: components['responses']['pages-413'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'Introspect.introspect': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/x-www-form-urlencoded': {
          token: string;
          client_id?: string;
          client_secret?: string;
          token_type_hint?: string;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | {
                /** @enum {unknown} */
                active: false;
              }
            | {
                /** @enum {unknown} */
                active: true;
                scope: string;
                client_id: string;
                iss: string;
                sub?: string;
                /** @enum {unknown} */
                token_type?: 'Bearer';
                exp?: number;
                iat?: number;
              };
        };
      };
      400: components['responses']['oauth-400'];
      401: components['responses']['oauth-401'];
      429: components['responses']['oauth-429'];
      500: components['responses']['oauth-500'];
      503: components['responses']['oauth-503'];
    };
  };
  'Login.login': {
    parameters: {
      query?: {
        login_challenge?: string;
        assertion?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A browser only looked ahead. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description To the question, or back to the client. */
      303: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'Revoke.revoke': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/x-www-form-urlencoded': {
          token: string;
          client_id?: string;
          client_secret?: string;
          token_type_hint?: string;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['oauth-400'];
      401: components['responses']['oauth-401'];
      429: components['responses']['oauth-429'];
      500: components['responses']['oauth-500'];
      503: components['responses']['oauth-503'];
    };
  };
  'Token.token': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/x-www-form-urlencoded': {
          grant_type: string;
          client_id?: string;
          client_secret?: string;
          subject_token?: string;
          subject_token_type?: string;
          requested_token_type?: string;
          resource?: string;
          audience?: string;
          scope?: string;
          code?: string;
          redirect_uri?: string;
          code_verifier?: string;
          refresh_token?: string;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Token'];
        };
      };
      400: components['responses']['oauth-400'];
      401: components['responses']['oauth-401'];
      429: components['responses']['oauth-429'];
      500: components['responses']['oauth-500'];
      503: components['responses']['oauth-503'];
    };
  };
  'Connect.callback.upstream': {
    parameters: {
      query?: {
        state?: string;
        code?: string;
        error?: string;
        error_description?: string;
      };
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Where the attempt stands. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      /** @description On. */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description On, or back to the partner. */
      303: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'Fragment.page.upstream': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A page that reads it. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'Fragment.read.upstream': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          state?: string;
          access_token?: string;
          error?: string | null;
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | {
                location: string;
              }
            | {
                location: null;
                advice: string;
              };
        };
      };
      /** @description It led nowhere. */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json':
            | {
                location: string;
              }
            | {
                location: null;
                advice: string;
              };
          'text/html': unknown;
        };
      };
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      413: components['responses']['pages-413'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'Connect.open.upstream': {
    parameters: {
      query?: {
        token?: string;
        link?: string;
        redirect_uri?: string;
        fallback_uri?: string;
        reconnect_id?: string;
        state?: string;
        theme?: 'light' | 'dark';
      };
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description What is asked, with a button that leads on. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      /** @description A browser only looked ahead. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description On to the third party. */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description On, without the token in the address, or back to the partner. */
      303: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'Jwks.ofTenant': {
    parameters: {
      query?: never;
      header?: {
        'If-None-Match'?: string;
      };
      path: {
        slug: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['JwkSet'];
        };
      };
      /** @description It has not changed since that ETag. */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['admin-400'];
      404: components['responses']['admin-404'];
      415: components['responses']['admin-415'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'Connect.open': {
    parameters: {
      query?: {
        token?: string;
        link?: string;
        redirect_uri?: string;
        fallback_uri?: string;
        reconnect_id?: string;
        state?: string;
        theme?: 'light' | 'dark';
      };
      header?: never;
      path: {
        app: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description What is asked, with a button that leads on. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/html': unknown;
        };
      };
      /** @description A browser only looked ahead. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description On to the third party. */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description On, without the token in the address, or back to the partner. */
      303: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      404: components['responses']['pages-404'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'UpstreamCallbacks.receive': {
    parameters: {
      query?: never;
      header?: {
        'Zapier-Callback-Signature'?: string;
      };
      path: {
        token: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          [key: string]: unknown;
        };
      };
    };
    responses: {
      /** @description Done. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['admin-400'];
      401: components['responses']['admin-401'];
      404: components['responses']['admin-404'];
      413: components['responses']['admin-413'];
      415: components['responses']['admin-415'];
      429: components['responses']['admin-429'];
      500: components['responses']['admin-500'];
      503: components['responses']['admin-503'];
    };
  };
  'V1Catalog.apps': {
    parameters: {
      query?: {
        category?: string;
        page?: number;
        per_page?: number;
        title_search?: string;
        title_starts_with?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            total: number;
            page: number;
            pages: number;
            per_page: number;
            objects: components['schemas']['V1App'][];
            prev_url: string | null;
            next_url: string | null;
          };
        };
      };
      400: components['responses']['embed-v1-400'];
      401: components['responses']['embed-v1-401'];
      403: components['responses']['embed-v1-403'];
      415: components['responses']['embed-v1-415'];
      429: components['responses']['embed-v1-429'];
      500: components['responses']['embed-v1-500'];
      503: components['responses']['embed-v1-503'];
    };
  };
  'V1Catalog.categories': {
    parameters: {
      query?: {
        limit?: number;
        offset?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            next: string | null;
            previous: string | null;
            count: number;
            objects: components['schemas']['Category'][];
          };
        };
      };
      400: components['responses']['embed-v1-400'];
      401: components['responses']['embed-v1-401'];
      403: components['responses']['embed-v1-403'];
      415: components['responses']['embed-v1-415'];
      429: components['responses']['embed-v1-429'];
      500: components['responses']['embed-v1-500'];
      503: components['responses']['embed-v1-503'];
    };
  };
  'Profiles.me': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Profile'];
        };
      };
      400: components['responses']['embed-v1-400'];
      401: components['responses']['embed-v1-401'];
      403: components['responses']['embed-v1-403'];
      415: components['responses']['embed-v1-415'];
      429: components['responses']['embed-v1-429'];
      500: components['responses']['embed-v1-500'];
      503: components['responses']['embed-v1-503'];
    };
  };
  'ActionRuns.list': {
    parameters: {
      query?: {
        limit?: number;
        offset?: number;
        status?:
          | 'waiting'
          | 'success'
          | 'error'
          | 'queued'
          | 'running'
          | 'polling'
          | 'succeeded'
          | 'failed'
          | 'cancelled'
          | 'outcome_unknown';
        app?: string;
        authentication?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @enum {unknown} */
              type: 'run';
              /** Format: uuid */
              id: string;
              /** @enum {unknown} */
              status: 'waiting' | 'success' | 'error';
              /** @enum {unknown} */
              state: 'queued' | 'running' | 'polling' | 'succeeded' | 'failed' | 'cancelled' | 'outcome_unknown';
              source: string;
              /** Format: date-time */
              created_at: string;
              /** Format: date-time */
              started_at: string | null;
              /** Format: date-time */
              finished_at: string | null;
            }[];
            links: {
              next: string | null;
              prev: string | null;
            };
            meta: {
              count: number;
              limit: number | null;
              offset: number;
              warnings?: components['schemas']['Warning'][];
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'ActionRuns.create': {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          data: {
            action: string;
            authentication?: string | null;
            inputs?: {
              [key: string]: unknown;
            } | null;
            /** Format: uri */
            callback_url?: string | null;
          };
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @enum {unknown} */
              type: 'run';
              /** Format: uuid */
              id: string;
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      422: components['responses']['embed-422'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'ActionRuns.get': {
    parameters: {
      query?: {
        wait?: number;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Run'];
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'ActionRuns.cancel': {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Run'];
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      422: components['responses']['embed-422'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'ActionRuns.events': {
    parameters: {
      query?: never;
      header?: {
        'Last-Event-ID'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Events named after the run's state, with the run as their data. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': unknown;
        };
      };
      /** @description The end is known already. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Actions.list': {
    parameters: {
      query: {
        app: string;
        limit?: number;
        offset?: number;
        action_type?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Action'][];
            links: {
              next: string | null;
              prev: string | null;
            };
            meta: {
              count: number;
              limit: number | null;
              offset: number;
              warnings?: components['schemas']['Warning'][];
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Actions.inputs': {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          data: {
            authentication?: string | null;
            inputs?: {
              [key: string]: unknown;
            } | null;
          };
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: (
              | components['schemas']['InputField']
              | components['schemas']['InfoField']
              | components['schemas']['Fieldset']
            )[];
            links: {
              next: string | null;
              prev: string | null;
            };
            meta: {
              count: number;
              limit: number | null;
              offset: number;
              warnings?: components['schemas']['Warning'][];
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      422: components['responses']['embed-422'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Actions.inputChoices': {
    parameters: {
      query?: {
        page?: number;
        search?: string;
      };
      header?: {
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
        input: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          data: {
            authentication?: string | null;
            inputs?: {
              [key: string]: unknown;
            } | null;
          };
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Choice'][];
            links: {
              next: string | null;
              prev: string | null;
            };
            meta: {
              page: number;
              search?: string;
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      422: components['responses']['embed-422'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Actions.outputs': {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          data: {
            fetch_live_samples?: boolean | null;
            authentication?: string | null;
            inputs?: {
              [key: string]: unknown;
            } | null;
          };
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['OutputField'][];
            links: {
              next: string | null;
              prev: string | null;
            };
            meta: {
              count: number;
              limit: number | null;
              offset: number;
              warnings?: components['schemas']['Warning'][];
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      422: components['responses']['embed-422'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Actions.test': {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          data: {
            limit?: number | null;
            offset?: number | null;
            authentication?: string | null;
            inputs?: {
              [key: string]: unknown;
            } | null;
          };
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: unknown[];
            links: {
              next: string | null;
              prev: string | null;
            };
            meta: {
              count: number;
              limit: number | null;
              offset: number;
              warnings?: components['schemas']['Warning'][];
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      422: components['responses']['embed-422'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'EmbedApps.list': {
    parameters: {
      query?: {
        limit?: number;
        offset?: number;
        category?: string;
        ids?: string;
        query?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['App'][];
            links: {
              next: string | null;
              prev: string | null;
              previous: string | null;
            };
            meta: {
              count: number;
              limit: number | null;
              offset: number;
              warnings?: components['schemas']['Warning'][];
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Authentications.list': {
    parameters: {
      query: {
        app: string;
        limit?: number;
        offset?: number;
        include_shared?: boolean;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Authentication'][];
            links: {
              next: string | null;
              prev: string | null;
            };
            meta: {
              count: number;
              limit: number | null;
              offset: number;
              warnings?: components['schemas']['Warning'][];
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Authentications.create': {
    parameters: {
      query?: {
        limit?: number;
      };
      header?: {
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          data: {
            title: string;
            /** Format: uuid */
            app: string;
            authentication_fields: {
              [key: string]: unknown;
            };
          };
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Authentication'][];
            links: {
              next: string | null;
              prev: string | null;
            };
            meta: {
              count: number;
              limit: number | null;
              offset: number;
              warnings?: components['schemas']['Warning'][];
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      422: components['responses']['embed-422'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Authentications.get': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Authentication'];
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Authentications.remove': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @enum {unknown} */
              type: 'authentication';
              id: string;
              /** @enum {unknown} */
              deleted: true;
            };
            meta: {
              /** @enum {unknown} */
              revocation: 'revoked' | 'failed' | 'unsupported' | 'pending';
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Authentications.update': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          data: {
            title?: string;
            metadata?: unknown;
            disabled?: boolean;
            /** @enum {unknown} */
            sharing?: 'private' | 'org' | 'tenant';
            is_default?: boolean;
          };
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Authentication'];
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Authorize.authorize.v2': {
    parameters: {
      query?: {
        client_id?: string;
        response_type?: 'code' | 'token';
        redirect_uri?: string;
        scope?: string;
        state?: string;
        code_challenge?: string;
        code_challenge_method?: 'S256';
        response_mode?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description To the login page, or back to the client with an error. */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['pages-400'];
      403: components['responses']['pages-403'];
      415: components['responses']['pages-415'];
      429: components['responses']['pages-429'];
      500: components['responses']['pages-500'];
      503: components['responses']['pages-503'];
    };
  };
  'ConnectAttempts.get': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['ConnectAttempt'];
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'ConnectAttempts.confirm': {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | {
              connect_code: string;
            }
          | {
              data: {
                connect_code: string;
              };
            };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['ConnectAttempt'];
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      422: components['responses']['embed-422'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'ConnectLinks.list': {
    parameters: {
      query?: {
        limit?: number;
        offset?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['ConnectLink'][];
            links: {
              next: string | null;
              prev: string | null;
            };
            meta: {
              count: number;
              limit: number | null;
              offset: number;
              warnings?: components['schemas']['Warning'][];
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'ConnectLinks.create': {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json':
          | {
              app: string;
              user?: string;
              user_title?: string;
              expires_in?: number;
              redirect_uri?: string;
              reconnect_id?: string;
            }
          | {
              data: {
                app: string;
                user?: string;
                user_title?: string;
                expires_in?: number;
                redirect_uri?: string;
                reconnect_id?: string;
              };
            };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @enum {unknown} */
              type: 'connect_link';
              /** Format: uuid */
              id: string;
              /** Format: uuid */
              app: string;
              status: string;
              user_title: string | null;
              redirect_uri: string | null;
              reconnect_id: string | null;
              opened: number;
              /** Format: date-time */
              created_at: string;
              /** Format: date-time */
              expires_at: string;
              url: string;
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      422: components['responses']['embed-422'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'ConnectLinks.get': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['ConnectLink'];
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'ConnectLinks.revoke': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['ConnectLink'];
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Webhooks.list': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Webhook'][];
            links: {
              next: string | null;
              prev: string | null;
            };
            meta: {
              count: number;
              limit: number | null;
              offset: number;
              warnings?: components['schemas']['Warning'][];
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Webhooks.create': {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          data: {
            /** Format: uri */
            url: string;
            events?:
              | (
                  | 'connection.created'
                  | 'connection.refreshed'
                  | 'connection.expiring_soon'
                  | 'connection.needs_reauth'
                  | 'connection.recovered'
                  | 'connection.deleted'
                  | 'run.succeeded'
                  | 'run.failed'
                  | 'key.rotated'
                  | 'webhook.disabled'
                )[]
              | null;
          };
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @enum {unknown} */
              type: 'webhook';
              /** Format: uuid */
              id: string;
              url: string | null;
              events:
                | (
                    | 'connection.created'
                    | 'connection.refreshed'
                    | 'connection.expiring_soon'
                    | 'connection.needs_reauth'
                    | 'connection.recovered'
                    | 'connection.deleted'
                    | 'run.succeeded'
                    | 'run.failed'
                    | 'key.rotated'
                    | 'webhook.disabled'
                  )[]
                | null;
              enabled: boolean;
              disabled_reason: string | null;
              /** Format: date-time */
              disabled_at: string | null;
              /** Format: date-time */
              failing_since: string | null;
              /** Format: date-time */
              created_at: string;
              secret: string;
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      422: components['responses']['embed-422'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Webhooks.get': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Webhook'];
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Webhooks.remove': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @enum {unknown} */
              type: 'webhook';
              id: string;
              /** @enum {unknown} */
              deleted: true;
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Webhooks.update': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          data: {
            /** Format: uri */
            url?: string;
            events?:
              | (
                  | 'connection.created'
                  | 'connection.refreshed'
                  | 'connection.expiring_soon'
                  | 'connection.needs_reauth'
                  | 'connection.recovered'
                  | 'connection.deleted'
                  | 'run.succeeded'
                  | 'run.failed'
                  | 'key.rotated'
                  | 'webhook.disabled'
                )[]
              | null;
            enabled?: boolean;
          };
        };
      };
    };
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['Webhook'];
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'WebhookDeliveries.list': {
    parameters: {
      query?: {
        limit?: number;
        cursor?: string;
        status?: 'pending' | 'delivered' | 'failed';
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['WebhookDelivery'][];
            links: {
              next: string | null;
              prev: null;
            };
            meta: {
              limit: number;
              next_cursor: string | null;
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'WebhookDeliveries.replay': {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          data: {
            delivery?: string;
            /** Format: date-time */
            since?: string;
          };
        };
      };
    };
    responses: {
      /** @description Done. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @enum {unknown} */
              type: 'webhook_replay';
              count: number;
              has_more: boolean;
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      422: components['responses']['embed-422'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'Webhooks.replaceSecret': {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          data: {
            overlap_seconds?: number;
          };
        };
      };
    };
    responses: {
      /** @description Done. */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @enum {unknown} */
              type: 'webhook';
              id: string;
              secret: string;
              /** Format: date-time */
              others_until: string | null;
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      422: components['responses']['embed-422'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'WebhookDeliveries.test': {
    parameters: {
      query?: never;
      header?: {
        'Idempotency-Key'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: {
              /** @enum {unknown} */
              type: 'webhook_delivery';
              /** Format: uuid */
              id: string;
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      404: components['responses']['embed-404'];
      409: components['responses']['embed-409'];
      413: components['responses']['embed-413'];
      415: components['responses']['embed-415'];
      422: components['responses']['embed-422'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
  'EmbedApps.whitelabel': {
    parameters: {
      query?: {
        limit?: number;
        offset?: number;
        category?: string;
        search?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            data: components['schemas']['WhitelabelApp'][];
            links: {
              next: string | null;
              prev: string | null;
            };
            meta: {
              count: number;
              limit: number | null;
              offset: number;
              warnings?: components['schemas']['Warning'][];
            };
          };
        };
      };
      400: components['responses']['embed-400'];
      401: components['responses']['embed-401'];
      403: components['responses']['embed-403'];
      415: components['responses']['embed-415'];
      429: components['responses']['embed-429'];
      500: components['responses']['embed-500'];
      503: components['responses']['embed-503'];
    };
  };
}
