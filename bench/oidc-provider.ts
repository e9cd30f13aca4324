import { Provider } from 'oidc-provider';

/**
 * The baseline of `oauth`: oidc-provider with its in-memory adapter, for client credentials alone. It verifies no signature and stores in a
 * Map: less work than an exchange is.
 */
const port = Number(process.env.PORT);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'bench',
      client_secret: process.env.BENCH_SECRET ?? '',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      token_endpoint_auth_method: 'client_secret_post',
      scope: 'webhook:read',
    },
  ],
  scopes: ['webhook:read'],
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
});
provider.use(async (context, next) => {
  if (context.path === '/health/ready') context.body = 'ready';
  else await next();
});
provider.listen(port, process.env.HOST ?? '127.0.0.1');
