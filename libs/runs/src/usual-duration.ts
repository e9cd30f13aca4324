const FIRST_EDGE_SECONDS = 0.5;
const GROWTH = 1.1;
const BUCKETS = 128;

/** How long an action takes, as counts of runs by duration: the first half second, and from there on in steps of a tenth, to more than a day. */
export type UsualDuration = readonly number[];

export function nothingKnown(): number[] {
  return Array.from({ length: BUCKETS }, () => 0);
}

export function bucketOf(seconds: number): number {
  if (seconds < FIRST_EDGE_SECONDS) return 0;
  return Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(seconds / FIRST_EDGE_SECONDS) / Math.log(GROWTH)));
}

export function samplesOf(usual: UsualDuration): number {
  return usual.reduce((sum, count) => sum + count, 0);
}

/**
 * Of all runs that took longer than `elapsed` seconds, so large a part had ended by then.
 * @returns null when hardly a run ever took as long
 */
export function endedBy(usual: UsualDuration, elapsed: number, part: number): number | null {
  const left = usual.map((count, bucket) => count * shareAfter(bucket, elapsed));
  const total = samplesOf(left);
  if (total < Math.max(1, samplesOf(usual) * 0.01)) return null;
  let missing = total * part;
  for (const [bucket, count] of left.entries()) {
    if (count >= missing) {
      const from = Math.max(elapsed, lowerEdge(bucket));
      return from + ((upperEdge(bucket) - from) * missing) / count;
    }
    missing -= count;
  }
  return null;
}

function shareAfter(bucket: number, elapsed: number): number {
  const [lower, upper] = [lowerEdge(bucket), upperEdge(bucket)];
  return Math.min(1, Math.max(0, (upper - elapsed) / (upper - lower)));
}

function lowerEdge(bucket: number): number {
  return bucket === 0 ? 0 : upperEdge(bucket - 1);
}

function upperEdge(bucket: number): number {
  return FIRST_EDGE_SECONDS * GROWTH ** bucket;
}
