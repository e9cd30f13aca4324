import type { DeclaredOperations } from '../declared-operation.js';
import { catalogOperations } from './catalog.js';
import { embedAppOperations } from './embed-app.js';
import { embedOperations } from './embed.js';
import { keyOperations } from './keys.js';
import { oauthOperations } from './oauth.js';
import { operatorActions } from './operator-actions.js';
import { platformOperations } from './platform.js';
import { serviceOperations } from './service.js';
import { tenantDataOperations } from './tenant-data.js';
import { tenantOperations } from './tenants.js';

export const operations: DeclaredOperations = {
  ...oauthOperations,
  ...catalogOperations,
  ...embedOperations,
  ...embedAppOperations,
  ...tenantOperations,
  ...keyOperations,
  ...tenantDataOperations,
  ...operatorActions,
  ...platformOperations,
  ...serviceOperations,
};
