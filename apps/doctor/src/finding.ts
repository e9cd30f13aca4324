type Level = 'ok' | 'warn' | 'fail';

export interface Finding {
  check: string;
  level: Level;
  /** A sentence. It holds no secret. */
  detail: string;
  /** What to do about it. */
  next?: string;
}

export function ok(check: string, detail: string): Finding {
  return { check, level: 'ok', detail };
}

export function warn(check: string, detail: string, next: string): Finding {
  return { check, level: 'warn', detail, next };
}

export function fail(check: string, detail: string, next: string): Finding {
  return { check, level: 'fail', detail, next };
}
