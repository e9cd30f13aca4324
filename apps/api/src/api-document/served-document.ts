import { ApiModule } from '../api.module.js';
import { HealthModule } from '../health/health.module.js';
import { DocsModule } from './docs.module.js';
import { apiDocument, type ApiDocument } from './document.js';
import { operations } from './operations/index.js';
import { servedRoutes } from './served-routes.js';

/** The console is no API: what its page asks changes with that page. */
const LEFT_OUT = /^\/console(?:\/|$)/;

/** The document of this build. @throws Error when a route and its declaration do not go together */
export function servedDocument(): ApiDocument {
  const routes = servedRoutes([ApiModule, HealthModule, DocsModule]).filter(({ path }) => !LEFT_OUT.test(path));
  return apiDocument(routes, operations);
}
