const KIB = 1024;
const MIB = 1024 * KIB;

/** Of one request, connection and answer together. */
export interface AnswerLimit {
  readonly bytes: number;
  readonly seconds: number;
}

/** What a request is for, and what its answer may be at most. Nobody can ask for more; docs/limits.md has the table. */
export const answerLimits = {
  action: { bytes: MIB, seconds: 30 },
  callback: { bytes: 64 * KIB, seconds: 10 },
  connect: { bytes: MIB, seconds: 15 },
  jwks: { bytes: 256 * KIB, seconds: 5 },
  refresh: { bytes: MIB, seconds: 30 },
  revocation: { bytes: MIB, seconds: 10 },
  // A page of a hundred apps is some 200 KB, results of a run may be more.
  upstream: { bytes: 8 * MIB, seconds: 30 },
  webhook: { bytes: 64 * KIB, seconds: 15 },
  other: { bytes: MIB, seconds: 10 },
} as const satisfies Record<string, AnswerLimit>;

/** As it is counted. */
export type EgressPurpose = keyof typeof answerLimits;
