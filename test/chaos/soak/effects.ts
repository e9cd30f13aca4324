import { missed } from '../refresh/experiment.js';
import type { Load } from './load.js';
import type { SoakWorld } from './soak-world.js';

/** What the runs say of themselves, and what Acme CRM has carried out by its own record. */
export interface Effects {
  /** Of runs that succeeded and whose effect is not there once. */
  wrong: string[];
  /** Contacts and exports that there are, and that belong to no run or to one that says that it failed. */
  unclaimed: number;
  unknown: string[];
  /** Runs that nobody was told about: of one key there is one. */
  unasked: number;
}

/** To be taken when no run is open. */
export async function effectsOf(world: SoakWorld, load: Load): Promise<Effects> {
  const rows = await world.query(
    `SELECT id, state, action_key FROM runs WHERE action_key IN ('create_contact', 'export_contacts')`,
  );
  const states = new Map(rows.map(({ id, state }) => [String(id), String(state)]));
  const unknown = [...states].filter(([, state]) => state === 'outcome_unknown').map(([id]) => id);
  const wrong: string[] = [];
  const left = new Map(world.contacts);
  const exports = { succeeded: 0, unknown: 0 };
  for (const [run, email] of load.runs) {
    const state = states.get(run);
    if (email === null) {
      if (state === 'succeeded') exports.succeeded += 1;
      if (state === 'outcome_unknown') exports.unknown += 1;
      continue;
    }
    const times = world.contacts.get(email) ?? 0;
    const isRight = state === 'succeeded' ? times === 1 : state === 'outcome_unknown' ? times <= 1 : times === 0;
    if (!isRight) wrong.push(`${run} says ${state}, and its contact is there ${times} times`);
    if (isRight) left.delete(email);
  }
  const made = world.exports.size;
  if (made < exports.succeeded || made > exports.succeeded + exports.unknown)
    wrong.push(`${exports.succeeded} exports succeeded, ${exports.unknown} are unknown, and ${made} were made`);
  return { wrong, unclaimed: left.size, unknown, unasked: rows.length - load.runs.size };
}

/** @param inHand runs whose outcome nobody can know */
export function missedEffects({ wrong, unclaimed, unknown, unasked }: Effects, inHand: ReadonlySet<string>): string[] {
  const unexplained = unknown.filter((id) => !inHand.has(id));
  return [
    ...missed(wrong.length === 0, `${wrong.length} effects are not as the run says: ${wrong[0]}`),
    ...missed(unclaimed === 0, `${unclaimed} contacts belong to no run that may have made them`),
    ...missed(unexplained.length === 0, `${unexplained.length} unknown runs were in nobody's hand at a kill`),
    ...missed(unasked === 0, `${unasked} runs more than were asked for`),
  ];
}
