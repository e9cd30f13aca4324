export { AuditChainModule } from './audit-chain.module.js';
export { AuditCheckpoint } from './audit-checkpoint.entity.js';
export { AuditVerification, type ChainPlace, type Verified } from './audit-verification.js';
export { Checkpointing } from './checkpointing.js';
export { VerificationBudget } from './verification-budget.js';
