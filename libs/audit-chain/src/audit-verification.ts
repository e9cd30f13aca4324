import { Injectable } from '@nestjs/common';
import { AuditChains, type ChainEnd, type Link } from '#libs/audit';
import type { TenantId } from '#libs/database';
import { signals } from '#libs/telemetry';
import type { AuditCheckpoint } from './audit-checkpoint.entity.js';
import { AuditCheckpoints } from './audit-checkpoints.store.js';
import { ChainCheck, type Break } from './chain-check.js';
import { CheckpointStatements, type Statement } from './checkpoint-statements.js';
import { VerificationBudget, type Bounds } from './verification-budget.js';

const LINKS_AT_ONCE = 1000;
const FIRST = '00000000-0000-0000-0000-000000000000';

export interface Verified {
  tenantId: TenantId;
  /** In the chain, as far as it was followed by now. */
  entries: number;
  /** From where it is to be followed on; null when it was followed to its end, or to its first broken place. */
  rest: ChainEnd | null;
  /** Recorded within the last second or so, or while no worker ran: they have no place in the chain yet. */
  unchained: number;
  /** To be kept elsewhere: who has it can show that what it covers was on record. */
  checkpoint: string | null;
  /** The first one. */
  broken: Break | null;
}

/** How far the pages before this one went. */
export interface ChainPlace {
  tenantId: TenantId;
  /** Null: to the end of this chain. */
  rest: ChainEnd | null;
}

interface ChainsPage extends Bounds {
  after?: ChainPlace | undefined;
  /** Of chains. */
  limit: number;
}

/** What was signed of the links behind `after`, up to `upTo`; or that it is not ours. */
type Signed = (after: number, upTo: number) => Promise<Statement[] | Break>;

/** Follows chains from their first entry, and holds them against what was signed. It only reads. */
@Injectable()
export class AuditVerification {
  constructor(
    private readonly chains: AuditChains,
    private readonly checkpoints: AuditCheckpoints,
    private readonly statements: CheckpointStatements,
  ) {}

  /** One after the other, of all chains there are; a long one by parts. @returns `next` is null when these were the last */
  async verifyPage(
    { after, limit, ...bounds }: ChainsPage,
    kept: readonly string[] = [],
  ): Promise<{ chains: Verified[]; next: ChainPlace | null }> {
    const budget = new VerificationBudget(bounds);
    const begun = after?.rest ? [after.tenantId] : [];
    const owners = [...begun, ...(await this.checkpoints.owners(after?.tenantId ?? FIRST, limit + 1 - begun.length))];
    const chains: Verified[] = [];
    for (const owner of owners.slice(0, limit)) {
      if (chains.length > 0 && budget.isSpent) break;
      const start = owner === after?.tenantId ? after.rest : null;
      chains.push(await this.verify(owner, kept, { start, budget }));
    }
    const last = chains.at(-1);
    const isOver = !last || (chains.length === owners.length && last.rest === null);
    return { chains, next: isOver ? null : { tenantId: last.tenantId, rest: last.rest } };
  }

  /**
   * @param kept checkpoints that somebody kept elsewhere, which nobody could take away here; those of other tenants are passed over
   * @param part all of it by default. `start` is the `rest` of the part before
   */
  async verify(
    tenantId: TenantId,
    kept: readonly string[] = [],
    { start, budget }: { start: ChainEnd | null; budget: VerificationBudget } = {
      start: null,
      budget: new VerificationBudget(),
    },
  ): Promise<Verified> {
    // Before the links: what comes meanwhile is behind the end that is expected.
    const end = await this.chains.end(tenantId);
    const newest = await this.checkpoints.newest(tenantId);
    const unchained = await this.chains.countUnchained(tenantId);
    const check = new ChainCheck(start ?? undefined);
    const conclude = (broken: Break | null, rest: ChainEnd | null = null): Verified => {
      const checkpoint = newest?.statement ?? null;
      if (broken) signals.auditFoundBroken.publish({});
      return { tenantId, entries: check.end.sequence, rest, unchained, checkpoint, broken };
    };
    const longest = await this.#read(tenantId, newest ? [newest] : []);
    if (!Array.isArray(longest)) return conclude(longest);
    const given = (await this.statements.read(kept)).filter((said) => said?.tenantId === tenantId) as Statement[];
    const signed: Signed = async (after, upTo) => {
      const stored = await this.#read(tenantId, await this.checkpoints.between(tenantId, after, upTo));
      return Array.isArray(stored) ? [...stored, ...given] : stored;
    };
    const followed = await this.#follow(tenantId, check, signed, budget);
    if (followed === 'unfinished') return conclude(null, check.resumption);
    return conclude(followed ?? (await this.#behind(tenantId, check, [...longest, ...given], end)));
  }

  /** From where a checkpoint left off. @returns null when it hangs together up to `end` */
  async verifySince(coveredTo: number, end: Statement): Promise<Break | null> {
    const { tenantId } = end;
    const hash = coveredTo === 0 ? undefined : await this.checkpoints.hash(tenantId, coveredTo);
    if (hash === null) return { kind: 'missing', sequence: coveredTo, entryId: null };
    const check = new ChainCheck(hash && { sequence: coveredTo, hash });
    const followed = await this.#follow(tenantId, check, () => Promise.resolve([end]), new VerificationBudget());
    return followed === 'unfinished' ? null : (followed ?? this.#behind(tenantId, check, [end], end));
  }

  async #read(tenantId: TenantId, rows: readonly AuditCheckpoint[]): Promise<Statement[] | Break> {
    const read = await this.statements.read(rows.map(({ statement }) => statement));
    const statements: Statement[] = [];
    for (const [index, { sequence }] of rows.entries()) {
      const said = read[index];
      if (said?.tenantId !== tenantId || said.sequence !== sequence) return { kind: 'forged', sequence, entryId: null };
      statements.push(said);
    }
    return statements;
  }

  /** @returns null when it hangs together up to its end */
  async #follow(
    tenantId: TenantId,
    check: ChainCheck,
    signed: Signed,
    budget: VerificationBudget,
  ): Promise<Break | 'unfinished' | null> {
    for (;;) {
      const asked = budget.take(LINKS_AT_ONCE);
      const after = check.end.sequence;
      const statements = await signed(after, after + asked);
      if (!Array.isArray(statements)) return statements;
      const said = hashesOf(statements);
      const links = await this.chains.links(tenantId, after, asked);
      for (const link of links) {
        const broken = check.next(link);
        if (broken) return this.#named(tenantId, link, broken);
        if (said.get(link.sequence)?.some((hash) => !hash.equals(link.hash)))
          return { kind: 'rewritten', sequence: link.sequence, entryId: link.id };
      }
      if (links.length < asked) return null;
      if (budget.isSpent) return 'unfinished';
    }
  }

  async #named(tenantId: TenantId, link: Link, broken: Break): Promise<Break> {
    if (broken.kind !== 'reordered' || (await this.chains.hasLinkOf(tenantId, link.previousHash))) return broken;
    return { kind: 'missing', sequence: link.sequence, entryId: null };
  }

  async #behind(
    tenantId: TenantId,
    check: ChainCheck,
    signed: readonly Statement[],
    end: { sequence: number } | null,
  ): Promise<Break | null> {
    const expected = Math.max(end?.sequence ?? 0, ...signed.map(({ sequence }) => sequence));
    if (expected > check.end.sequence) return { kind: 'truncated', sequence: check.end.sequence + 1, entryId: null };
    const added = await this.chains.behindEnd(tenantId);
    return added && { kind: 'inserted', sequence: added.sequence, entryId: added.id };
  }
}

function hashesOf(statements: readonly Statement[]): Map<number, Buffer[]> {
  const said = new Map<number, Buffer[]>();
  for (const { sequence, hash } of statements) said.set(sequence, [...(said.get(sequence) ?? []), hash]);
  return said;
}
