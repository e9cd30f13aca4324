import { existsSync } from 'node:fs';
import { presentations } from '#libs/testing';
import { type Experiment, type Finding, type Ground, missed, type Size } from './experiment.js';
import { noneLost, noneMarked, rounds } from './rounds.js';

/** Where systems install it; elsewhere `LIBFAKETIME` says. */
const LIBRARIES = [
  process.env.LIBFAKETIME ?? '',
  `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`,
  '/usr/lib/faketime/libfaketimeMT.so.1',
  '/usr/lib64/faketime/libfaketimeMT.so.1',
];
const OFF_BY = ['+10m', '-10m'] as const;
/** Of a line that was written within the experiment. */
const WRONG_MILLISECONDS = 4 * 60_000;
const PROCESSES = { short: 2, full: 4 };
const CONNECTIONS = { short: 20, full: 100 };
const REFRESHES = { short: 60, full: 1000 };

/** One process believes that it is ten minutes later, or earlier, than it is for the others and for PostgreSQL. */
export const wrongClock: Experiment = {
  test: 'R16',
  title: 'the clock of one process is ten minutes off',
  run: async (ground, size) => {
    const library = LIBRARIES.find((path) => existsSync(path));
    if (library === undefined) return OFF_BY.map(skipped);
    const findings: Finding[] = [];
    for (const offBy of OFF_BY) findings.push(await refreshWith(ground, size, library, offBy));
    return findings;
  },
};

function refreshWith(ground: Ground, size: Size, library: string, offBy: string): Promise<Finding> {
  const wrong = { LD_PRELOAD: library, FAKETIME: offBy, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  return rounds(ground, {
    test: 'R16',
    condition: `one process at ${offBy}, strict`,
    world: {
      processes: PROCESSES[size],
      refresh: { rotation: 'strict' },
      accessTokenSeconds: 20,
      envOf: (index) => (index === PROCESSES[size] - 1 ? wrong : {}),
    },
    connections: CONNECTIONS[size],
    refreshes: REFRESHES[size],
    limitSeconds: size === 'full' ? 900 : 90,
    judge: async (census, world) => {
      const repeated = [...presentations(await world.provider.requests()).values()].filter(({ length }) => length > 1);
      const isOff = world.members.at(-1)?.logs().some(saysWrongTime) ?? false;
      return [
        ...missed(isOff, 'the clock was right: this proved nothing'),
        ...missed(repeated.length === 0, `${repeated.length} tokens were presented twice`),
        ...noneLost(census),
        ...noneMarked(census),
      ];
    },
  });
}

/** The lines are JSON, and PostgreSQL does not correct the time that they bear. */
function saysWrongTime(line: string): boolean {
  const time = /"time":"([^"]+)"/.exec(line)?.[1];
  return time !== undefined && Math.abs(Date.parse(time) - Date.now()) > WRONG_MILLISECONDS;
}

function skipped(offBy: string): Finding {
  return {
    test: 'R16',
    condition: `one process at ${offBy}, strict`,
    refreshes: 0,
    reuse: 0,
    lost: 0,
    marked: 0,
    misses: [],
    notes: [],
    skipped: 'libfaketime is not installed (Debian: apt-get install faketime; elsewhere LIBFAKETIME names the file)',
  };
}
