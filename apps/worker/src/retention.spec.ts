import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExpiryWarnings } from '#libs/connections';
import { Retention, type Expiring } from './retention.js';

beforeAll(() => Logger.overrideLogger(false));

/** So many rows of one kind, deleted as they are asked for. */
class Rows implements Expiring {
  readonly batches: number[] = [];

  constructor(public left: number) {}

  deleteExpired(limit: number): Promise<number> {
    const deleted = Math.min(limit, this.left);
    this.left -= deleted;
    this.batches.push(deleted);
    return Promise.resolve(deleted);
  }
}
const failing: Expiring = { deleteExpired: () => Promise.reject(new Error('canceling statement due to timeout')) };

async function sweep(...expiring: Expiring[]): Promise<string[]> {
  const done: string[] = [];
  const note = (name: string) => () => Promise.resolve(void done.push(name));
  const retention = new Retention(expiring, { recordDue: note('warnings') } as unknown as ExpiryWarnings);
  retention.tick();
  await retention.settled();
  return done;
}

describe('a sweep', () => {
  it('deletes in batches until nothing is left', async () => {
    const rows = new Rows(2500);
    await sweep(rows);
    expect(rows.batches).toEqual([1000, 1000, 500]);
  });

  it('ends, and leaves the rest to the next one', async () => {
    const [endless, next] = [new Rows(Infinity), new Rows(1)];
    await sweep(endless, next);
    expect(endless.batches).toHaveLength(100);
    expect(next.left).toBe(0);
  });

  it('goes on behind what fails', async () => {
    const rows = new Rows(1);
    expect(await sweep(failing, rows)).toEqual(['warnings']);
    expect(rows.left).toBe(0);
  });
});
