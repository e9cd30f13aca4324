export { answerLimits } from './answer-limits.js';
export { Egress, type EgressRequest, type EgressResponse } from './egress.js';
export { EgressError, type EgressFailure } from './egress-error.js';
export { EgressModule } from './egress.module.js';
export { retryAfterSeconds } from './retry-after.js';
