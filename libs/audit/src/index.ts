export { SYSTEM_ACTOR, type Actor } from './actor.js';
export { auditActions, type AuditAction } from './audit-action.js';
export { AuditEntry, type AuditDetails } from './audit-entry.entity.js';
export { AuditModule } from './audit.module.js';
export { Audit, type NewAuditEntry } from './audit.service.js';
