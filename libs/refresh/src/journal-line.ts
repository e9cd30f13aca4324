import type { SealedAnswer } from '#libs/connections';
import { asTenantId } from '#libs/database';

/** Dates travel as ISO 8601, bytes as base64. */
interface Line {
  tenantId: string;
  connectionId: string;
  appId: string;
  spentVersion: number;
  generation: number;
  sealed: string;
  facts: {
    expiresAt: string | null;
    obtainedAt: string;
    scopes: string[];
    dueAt: string | null;
    keepAliveSeconds: number | null;
  };
}

/** An answer as a line of the journal. */
export function writeLine({ tenantId, connectionId, appId, spentVersion, sealed, facts }: SealedAnswer): string {
  const line: Line = {
    tenantId,
    connectionId,
    appId,
    spentVersion,
    generation: sealed.generation,
    sealed: sealed.sealed.toString('base64'),
    facts: {
      ...facts,
      expiresAt: facts.expiresAt?.toISOString() ?? null,
      obtainedAt: facts.obtainedAt.toISOString(),
      dueAt: facts.dueAt?.toISOString() ?? null,
    },
  };
  return JSON.stringify(line);
}

/** @throws Error for what is none, such as one that was cut short */
export function readLine(text: string): SealedAnswer {
  const line = JSON.parse(text) as Line;
  const { tenantId, connectionId, appId, spentVersion, generation, sealed, facts } = line;
  return {
    tenantId: asTenantId(tenantId),
    connectionId,
    appId,
    spentVersion,
    sealed: { generation, sealed: Buffer.from(sealed, 'base64') },
    facts: {
      ...facts,
      expiresAt: facts.expiresAt === null ? null : timeOf(facts.expiresAt),
      obtainedAt: timeOf(facts.obtainedAt),
      dueAt: facts.dueAt === null ? null : timeOf(facts.dueAt),
    },
  };
}

function timeOf(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new Error(`"${text}" is no time.`);
  return time;
}
