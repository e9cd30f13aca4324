import { Injectable } from '@nestjs/common';
import { AuditChains, type Link } from '#libs/audit';
import type { TenantId } from '#libs/database';
import { AuditCheckpoints } from './audit-checkpoints.store.js';
import { ChainCheck, type Break } from './chain-check.js';
import { CheckpointStatements, type Statement } from './checkpoint-statements.js';

const LINKS_AT_ONCE = 1000;
const FIRST = '00000000-0000-0000-0000-000000000000';

export interface Verified {
  tenantId: TenantId;
  /** In the chain, as far as it was followed. */
  entries: number;
  /** Recorded within the last second or so, or while no worker ran: they have no place in the chain yet. */
  unchained: number;
  /** To be kept elsewhere: who has it can show that what it covers was on record. */
  checkpoint: string | null;
  /** The first one. */
  broken: Break | null;
}

export interface ChainsPage {
  /** The last one of the page before. */
  after?: string | undefined;
  /** Of chains. */
  limit: number;
  /** When no other chain is begun any more: one at least is always followed, however long it is. */
  seconds: number;
}

/** Follows chains from their first entry, and holds them against what was signed. It only reads. */
@Injectable()
export class AuditVerification {
  constructor(
    private readonly chains: AuditChains,
    private readonly checkpoints: AuditCheckpoints,
    private readonly statements: CheckpointStatements,
  ) {}

  /** One after the other, of all chains there are. @returns `next` is null when these were the last */
  async verifyPage(
    { after = FIRST, limit, seconds }: ChainsPage,
    kept: readonly string[] = [],
  ): Promise<{ chains: Verified[]; next: TenantId | null }> {
    const end = performance.now() + seconds * 1000;
    const owners = await this.checkpoints.owners(after, limit + 1);
    const chains: Verified[] = [];
    for (const owner of owners.slice(0, limit)) {
      if (chains.length > 0 && performance.now() > end) break;
      chains.push(await this.verify(owner, kept));
    }
    return { chains, next: chains.length < owners.length ? (chains.at(-1)?.tenantId ?? null) : null };
  }

  /** @param kept checkpoints that somebody kept elsewhere, which nobody could take away here; those of other tenants are passed over */
  async verify(tenantId: TenantId, kept: readonly string[] = []): Promise<Verified> {
    // Before the links: what comes meanwhile is behind the end that is expected.
    const end = await this.chains.end(tenantId);
    const stored = await this.checkpoints.list(tenantId);
    const checkpoint = stored.at(-1)?.statement ?? null;
    const unchained = await this.chains.countUnchained(tenantId);
    const signed: Statement[] = [];
    for (const { sequence, statement } of stored) {
      const said = await this.statements.read(statement);
      if (said?.tenantId !== tenantId || said.sequence !== sequence)
        return { tenantId, entries: 0, unchained, checkpoint, broken: { kind: 'forged', sequence, entryId: null } };
      signed.push(said);
    }
    for (const statement of kept) {
      const said = await this.statements.read(statement);
      if (said?.tenantId === tenantId) signed.push(said);
    }
    const check = new ChainCheck();
    const broken = (await this.#follow(tenantId, check, signed)) ?? (await this.#behind(tenantId, check, signed, end));
    return { tenantId, entries: check.end.sequence, unchained, checkpoint, broken };
  }

  /** From where a checkpoint left off. @returns null when it hangs together up to `end` */
  async verifySince(coveredTo: number, end: Statement): Promise<Break | null> {
    const { tenantId } = end;
    const hash = coveredTo === 0 ? undefined : await this.checkpoints.hash(tenantId, coveredTo);
    if (hash === null) return { kind: 'missing', sequence: coveredTo, entryId: null };
    const check = new ChainCheck(hash && { sequence: coveredTo, hash });
    return (await this.#follow(tenantId, check, [end])) ?? this.#behind(tenantId, check, [end], end);
  }

  async #follow(tenantId: TenantId, check: ChainCheck, signed: readonly Statement[]): Promise<Break | null> {
    const said = new Map<number, Buffer[]>();
    for (const { sequence, hash } of signed) said.set(sequence, [...(said.get(sequence) ?? []), hash]);
    for (;;) {
      const links = await this.chains.links(tenantId, check.end.sequence, LINKS_AT_ONCE);
      for (const link of links) {
        const broken = check.next(link);
        if (broken) return this.#named(tenantId, link, broken);
        if (said.get(link.sequence)?.some((hash) => !hash.equals(link.hash)))
          return { kind: 'rewritten', sequence: link.sequence, entryId: link.id };
      }
      if (links.length < LINKS_AT_ONCE) return null;
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
