import type { Type } from '@nestjs/common';
import { CatalogModule } from '#libs/catalog';
import { ConnectionsModule, type Credentials } from '#libs/connections';
import { appDocument, offerApp, registerApp } from './app-fixture.js';
import { type ConnectionOwner, establishConnection, oauth2Credentials } from './connection-fixture.js';
import { type HttpServer, startHttpServer } from './http-server.js';
import { createTenant, createUser } from './tenant-fixture.js';
import { startTestApp, type TestApp } from './test-app.js';
import { createTestDatabase } from './test-database.js';

/** The service and a third party's server, over a database of their own. */
export interface ThirdPartyScene {
  app: TestApp;
  /** The third party: an app of the catalog describes it. */
  server: HttpServer;
  /** A second process, over the same database, with the same clock and keyring. */
  startAnother(): Promise<TestApp>;
  /** A new tenant that offers the app, with a user. */
  newOwner(): Promise<ConnectionOwner>;
  /** @param credentials by default OAuth2, obtained now, for an hour */
  connect(owner: ConnectionOwner, credentials?: Credentials): Promise<string>;
  close(): Promise<void>;
}

export async function startThirdPartyScene(imports: Type[]): Promise<ThirdPartyScene> {
  const database = await createTestDatabase();
  const server = await startHttpServer();
  const options = { databaseUrl: database.url, imports: [CatalogModule, ConnectionsModule, ...imports] };
  const app = await startTestApp(options);
  const registered = await registerApp(app, appDocument('acme-crm', server.origin));
  return {
    app,
    server,
    startAnother: () => startTestApp({ ...options, clock: app.clock, keyring: app.keyring }),
    newOwner: async () => {
      const { id: tenantId } = await createTenant(app);
      const userId = await createUser(app, tenantId);
      return { tenantId, userId, appId: await offerApp(app, tenantId, registered) };
    },
    connect: (owner, credentials = oauth2Credentials(app)) => establishConnection(app, owner, credentials),
    close: async () => {
      await app.close();
      await server.close();
      await database.drop();
    },
  };
}
