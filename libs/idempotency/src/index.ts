export { IdempotencyKey } from './idempotency-key.entity.js';
export { IdempotencyKeys, type Earlier } from './idempotency-keys.store.js';
export { IdempotencyModule } from './idempotency.module.js';
export { idempotentRequest, type IdempotentRequest } from './idempotent-request.js';
export { KEY_SECONDS, keyInsertion } from './key-insertion.js';
