import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What is booked of the calls that an upstream answers one address, or one partner, by all workers of all tenants together. */
@Entity('upstream_budgets')
export class UpstreamBudget {
  /** Whose: the host with our address, or with a client id. */
  @PrimaryColumn('text')
  bucket!: string;

  /** Seconds since the epoch. Up to then, calls at the steady rate are booked. */
  @Column('double precision')
  bookedUntil!: number;

  /** Seconds since the epoch: the upstream answered 429, and nobody calls it before. */
  @Column('double precision', { nullable: true })
  pausedUntil!: number | null;
}
