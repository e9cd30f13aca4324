/** Who did it, and from which network address; null where no request stands behind it. */
export interface Actor {
  name: string;
  address: string | null;
  /** Of the request, as the log has it. */
  requestId?: string;
}

/** For what a worker does by itself, when its time has come. */
export const SYSTEM_ACTOR: Actor = { name: 'schedule', address: null };
