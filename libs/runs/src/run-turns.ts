import { Injectable } from '@nestjs/common';
import { budgetOwner, CallBudgets, type BudgetOwner } from '#libs/connections';
import { Clock, secondsAfter } from '#libs/scheduling';
import { RunSlots } from './run-slots.store.js';
import type { RunWork } from './run-work.js';

/** So soon a call is made at once. */
const SOON_MILLISECONDS = 25;
/** A booked place that is older is lost: many of them used at once would be a burst. */
const STALE_SECONDS = 2;
/** Those who waited for the end of a pause do not all come back at once. */
const SPREAD_SECONDS = 1;

/** When a run may call its app: within the app's rate, and not while the app asks for a pause. */
@Injectable()
export class RunTurns {
  constructor(
    private readonly budgets: CallBudgets,
    private readonly slots: RunSlots,
    private readonly clock: Clock,
  ) {}

  /** @returns null: now. A time: then; a place is booked for it where `isBooked`. */
  async next(work: RunWork): Promise<{ at: Date; isBooked: boolean } | null> {
    const owner = ownerOf(work);
    const { rate } = work.app.definition;
    const { slotAt } = work.job;
    const paused = await this.budgets.pausedUntil(owner);
    if (!rate) return paused && { at: secondsAfter(paused, SPREAD_SECONDS * Math.random()), isBooked: false };
    const now = this.clock.now();
    const isHeld = slotAt !== null && !paused && slotAt <= now && slotAt >= secondsAfter(now, -STALE_SECONDS);
    if (isHeld) return null;
    const bookedAt = await this.budgets.book(owner, rate);
    if (bookedAt.getTime() <= now.getTime() + SOON_MILLISECONDS) return null;
    if (slotAt === null) return { at: bookedAt, isBooked: true };
    const at = await this.slots.moveUp({ work, lostAt: slotAt, bookedAt, from: paused ?? now });
    return { at, isBooked: true };
  }

  /** The app answered 429. @returns when the pause is over */
  async pause(work: RunWork, seconds: number): Promise<Date> {
    const until = secondsAfter(this.clock.now(), seconds);
    await this.budgets.pause(ownerOf(work), until);
    return until;
  }
}

function ownerOf({ run, app, connection }: RunWork): BudgetOwner {
  return budgetOwner(run.tenantId, app, connection);
}
