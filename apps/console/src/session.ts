import { call, get, post } from './api.js';

export interface Session {
  /** As the audit has it. */
  actor: string;
  name: string;
  /** The only tenant that is reached; null: all, and the platform. */
  tenant: string | null;
  read_only: boolean;
  expires_at: string;
}

interface Answered {
  session: Session | null;
}

const held: Answered = { session: null };

/** @throws Error where nobody is signed in */
export function current(): Session {
  if (!held.session) throw new Error('Nobody is signed in.');
  return held.session;
}

export function mayWrite(): boolean {
  return !current().read_only;
}

/** Who is signed in in this browser; null for nobody. */
export async function readSession(): Promise<Session | null> {
  held.session = (await get<Answered>('/console/session')).session;
  return held.session;
}

/** The token is sent this once, and kept nowhere. @throws Refusal */
export async function signIn(token: string): Promise<void> {
  held.session = (await post<Answered>('/console/session', { token })).session;
}

export async function signOut(): Promise<void> {
  await call('DELETE', '/console/session');
  held.session = null;
}
