export { RefreshModule } from './refresh.module.js';
export { RefreshWorker } from './refresh-worker.js';
