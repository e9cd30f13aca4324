import { beforeEach, expect, it } from 'vitest';
import { RecentUses, type RecentUse } from './index.js';

let uses: RecentUses;

/** Writes them down here. */
async function written(): Promise<RecentUse[]> {
  const list: RecentUse[] = [];
  await uses.flush(async (some) => void list.push(...some));
  return list;
}

beforeEach(() => {
  uses = new RecentUses();
});

const at = (second: number) => new Date(Date.UTC(2026, 2, 1, 12, 0, second));

it('makes one of all uses of the same thing, from the first to the last', async () => {
  for (const second of [1, 2, 3]) uses.note('tenant-a', 'k-1', at(second));
  expect(await written()).toEqual([{ tenantId: 'tenant-a', name: 'k-1', firstAt: at(1), lastAt: at(3) }]);
});

it('keeps the uses of two things, and of one name under two tenants, apart', async () => {
  uses.note('tenant-a', 'k-1', at(1));
  uses.note('tenant-a', 'k-2', at(2));
  uses.note('tenant-b', 'k-1', at(3));
  uses.note('tenant-a', 'k-1', at(4));
  expect(await written()).toEqual([
    { tenantId: 'tenant-a', name: 'k-1', firstAt: at(1), lastAt: at(4) },
    { tenantId: 'tenant-a', name: 'k-2', firstAt: at(2), lastAt: at(2) },
    { tenantId: 'tenant-b', name: 'k-1', firstAt: at(3), lastAt: at(3) },
  ]);
});

it.each(['', ' ', 'a b', '__proto__', 'k-1 '])('takes any name as it is: %j', async (name) => {
  uses.note('tenant-a', name, at(1));
  uses.note('tenant-a', 'k-1', at(2));
  expect((await written()).map((use) => use.name)).toEqual([name, 'k-1']);
});

it('tells each use once: a flush starts over', async () => {
  expect(await written()).toEqual([]);
  uses.note('tenant-a', 'k-1', at(1));
  await written();
  expect(await written()).toEqual([]);
  uses.note('tenant-a', 'k-1', at(5));
  expect(await written()).toMatchObject([{ firstAt: at(5), lastAt: at(5) }]);
});

it('leaves what was handed over alone when uses go on', async () => {
  uses.note('tenant-a', 'k-1', at(1));
  const handed = await written();
  uses.note('tenant-a', 'k-1', at(9));
  expect(handed).toMatchObject([{ lastAt: at(1) }]);
});

it('keeps what could not be written, with the uses since', async () => {
  uses.note('tenant-a', 'k-1', at(1));
  uses.note('tenant-a', 'k-2', at(2));
  const away = async () => {
    uses.note('tenant-a', 'k-1', at(9));
    throw new Error('away');
  };
  await expect(uses.flush(away)).rejects.toThrow('away');
  expect(await written()).toEqual([
    { tenantId: 'tenant-a', name: 'k-1', firstAt: at(1), lastAt: at(9) },
    { tenantId: 'tenant-a', name: 'k-2', firstAt: at(2), lastAt: at(2) },
  ]);
});
