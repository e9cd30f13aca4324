/**
 * `Retry-After` as seconds from now: delta-seconds or an HTTP date (RFC 9110 §10.2.3), clamped to [1, max]. Null when absent or unreadable.
 */
export function retryAfterSeconds(header: string | undefined, now: Date, max = 600): number | null {
  if (header === undefined) return null;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now.getTime()) / 1000;
  return Number.isFinite(seconds) ? Math.min(max, Math.max(1, Math.ceil(seconds))) : null;
}
