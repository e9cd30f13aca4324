/** How the third party answers. */
export interface CountingSettings {
  /** Of a write, at random between the two, after it was carried out. */
  latencyMilliseconds: readonly [number, number];
  lookMilliseconds: number;
}

/** What became of one name. */
export interface Executed {
  name: string;
  /** Carried out. A request with a key that it knows is not carried out again. */
  times: number;
  requests: number;
}

/** Something that it goes on with by itself. Times are milliseconds since the epoch. */
export interface CountedJob {
  name: string;
  doneAt: number;
  /** When it first answered that it is done. */
  seenAt: number | null;
  looks: number[];
}

export interface CountingLog {
  executed: Executed[];
  jobs: CountedJob[];
  /** Writes whose caller was gone before the answer. */
  abandoned: number;
}
