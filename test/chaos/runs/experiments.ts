import { ChaosSuite } from '../chaos-suite.js';
import { crashes, crashesEverySecond } from './crashes.js';
import type { RunsFinding } from './finding.js';
import { pollerKilled } from './poller-killed.js';

export const runsSuite = new ChaosSuite<RunsFinding>({
  experiments: [crashes, pollerKilled, crashesEverySecond],
  columns: {
    runs: ({ runs }) => runs,
    succeeded: ({ succeeded }) => succeeded,
    unknown: ({ unknown }) => unknown,
    twice: ({ twice }) => twice,
    open: ({ open }) => open,
  },
  broken: (test, misses) => {
    const nothing = { runs: 0, succeeded: 0, unknown: 0, twice: 0, open: 0 };
    return { test, condition: '', ...nothing, misses, notes: [] };
  },
});
