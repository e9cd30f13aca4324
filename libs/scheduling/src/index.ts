export { backoffSeconds } from './backoff.js';
export { Clock, SystemClock } from './clock.js';
export { claimDue, type ClaimedRow, type DueTable } from './due-rows.js';
export { retryUntil } from './retry-until.js';
export { secondsAfter } from './seconds-after.js';
export { SchedulingModule } from './scheduling.module.js';
export { DueWorker } from './due-worker.js';
export { OutageLog } from './outage-log.js';
export { RecentUses, type RecentUse } from './recent-uses.js';
