export { SYSTEM_ACTOR, type Actor } from './actor.js';
export { auditActions, type AuditAction } from './audit-action.js';
export { AuditChain } from './audit-chain.entity.js';
export { AuditChaining } from './audit-chaining.js';
export { AuditChains, type ChainEnd, type Link } from './audit-chains.store.js';
export { AuditEntry, type AuditDetails } from './audit-entry.entity.js';
export { AuditModule } from './audit.module.js';
export { Audit, type AuditFilter, type NewAuditEntry, type RecordedEntry } from './audit.service.js';
export { CHAIN_START, entryHash } from './entry-hash.js';
