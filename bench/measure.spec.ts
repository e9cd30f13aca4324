import { describe, expect, test } from 'vitest';
import { compare, spread, toComparison } from './measure.js';

const baselines = { floor: () => Promise.reject(new Error('is not run here')) };

describe('a ratio', () => {
  test('is taken within a round, so that a machine that slows down does not change it', () => {
    const rounds = [1000, 100, 10].map((speed) => ({ ours: { perSecond: speed }, floor: { perSecond: 2 * speed } }));
    const { baselines: compared } = toComparison({ name: 'a', unit: 'calls', baselines }, rounds);
    expect(compared[0]?.ratio).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
  });

  test('is the median of the rounds, with the least and the greatest', () => {
    expect(spread([9, 1, 3])).toEqual({ median: 3, min: 1, max: 9 });
    expect(spread([4, 1, 2, 9])).toEqual({ median: 3, min: 1, max: 9 });
  });
});

test('ours and the baselines take turns, and the round that warms up is dropped', async () => {
  const order: string[] = [];
  const runner = (name: string) => () => {
    order.push(name);
    return Promise.resolve({ perSecond: order.length });
  };
  const measure = { name: 'a', unit: 'calls', ours: runner('ours'), baselines: { x: runner('x'), y: runner('y') } };
  const { ours, baselines: compared } = await compare(measure, { runs: 2, seconds: 1, progress: () => undefined });
  expect(order).toEqual(['ours', 'x', 'y', 'ours', 'x', 'y', 'ours', 'x', 'y']);
  expect(ours).toEqual([{ perSecond: 4 }, { perSecond: 7 }]);
  expect(compared.map(({ runs }) => runs[0])).toEqual([{ perSecond: 5 }, { perSecond: 6 }]);
});
