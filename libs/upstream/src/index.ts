export { UpstreamApp } from './upstream-app.entity.js';
export { UpstreamBudget } from './upstream-budget.entity.js';
export { UpstreamToken } from './upstream-token.entity.js';
export {
  Upstream,
  upstreamConnects,
  upstreamModes,
  type UpstreamConnect,
  type UpstreamMode,
} from './upstream.entity.js';
export { UpstreamModule } from './upstream.module.js';
export { Upstreams, type UpstreamSettings } from './upstreams.store.js';
