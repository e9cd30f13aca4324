export { addressName } from './address-name.js';
export { FAILURE_COST, limits, type LimitName } from './limits.js';
export { LimitsModule } from './limits.module.js';
export { RateCounter } from './rate-counter.entity.js';
export { RateLimits, type Quota } from './rate-limits.js';
export { Tally } from './tally.js';
