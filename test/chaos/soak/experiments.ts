import { ChaosSuite } from '../chaos-suite.js';
import { burst } from './burst.js';
import { capacity } from './capacity.js';
import type { SoakFinding } from './finding.js';
import { soak } from './soak.js';

export const soakSuite = new ChaosSuite<SoakFinding>({
  experiments: [
    {
      test: 'soak',
      title: 'the main job at a steady pace, while PostgreSQL dies twice and a worker each minute',
      run: (_ground, size) => soak(size),
    },
    {
      test: 'L1',
      title: 'the main job at 70 % of the most that can be done',
      run: (_ground, size) => capacity(size),
    },
    {
      test: 'burst',
      title: 'many more clients than can be served, and then half as much as can be done',
      run: (_ground, size) => burst(size),
    },
  ],
  columns: {
    jobs: ({ jobs }) => jobs,
    runs: ({ runs }) => runs,
    unknown: ({ unknown }) => unknown,
    open: ({ open }) => open,
    connections: ({ connections }) => connections,
    unusable: ({ unusable }) => unusable,
    untold: ({ untold }) => untold,
  },
  broken: (test, misses) => {
    const nothing = { jobs: 0, runs: 0, unknown: 0, open: 0, connections: 0, unusable: 0, untold: 0 };
    return { test, condition: '', ...nothing, misses, notes: [] };
  },
});
