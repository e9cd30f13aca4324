import { secondsAfter } from '#libs/scheduling';
import { MAX_PUBLISHED_KEYS, type KeyPolicy } from './key-policy.js';
import type { SigningKey } from './signing-key.entity.js';

type TimedKey = Pick<SigningKey, 'state' | 'activatesAt' | 'retiresAt'>;

const DAY_SECONDS = 86_400;

/** Pending keys whose time has come, in the order in which they are to take over. */
export function dueActivations<Key extends TimedKey>(keys: readonly Key[], now: Date): Key[] {
  return keys
    .filter(({ state, activatesAt }) => state === 'pending' && activatesAt <= now)
    .sort((one, other) => one.activatesAt.getTime() - other.activatesAt.getTime());
}

/** Retiring keys whose overlap is over. */
export function dueRetirements<Key extends TimedKey>(keys: readonly Key[], now: Date): Key[] {
  return keys.filter(({ state, retiresAt }) => state === 'retiring' && retiresAt !== null && retiresAt <= now);
}

/**
 * When the policy asks for the next new key: early enough that it takes over on the day. Null when there is no schedule, when a key is
 * pending already, and until an overlap ends when there is no room for another key.
 */
export function nextRotation(keys: readonly TimedKey[], policy: KeyPolicy): Date | null {
  const active = keys.find(({ state }) => state === 'active');
  if (!active || policy.rotateEveryDays === null || keys.some(({ state }) => state === 'pending')) return null;
  if (!hasRoom(keys)) return null;
  const lifeSeconds = Math.max(DAY_SECONDS, policy.rotateEveryDays * DAY_SECONDS - policy.activateAfterSeconds);
  return secondsAfter(active.activatesAt, lifeSeconds);
}

/** Whether another key may be published beside these. */
export function hasRoom(keys: readonly Pick<SigningKey, 'state'>[]): boolean {
  return keys.filter(({ state }) => state !== 'revoked').length < MAX_PUBLISHED_KEYS;
}

/** When the clock next changes something. */
export function nextDue(keys: readonly TimedKey[], policy: KeyPolicy): Date | null {
  const times = keys.flatMap(({ state, activatesAt, retiresAt }) => {
    if (state === 'pending') return [activatesAt];
    return state === 'retiring' && retiresAt ? [retiresAt] : [];
  });
  const all = [...times, nextRotation(keys, policy)].filter((time) => time !== null);
  return all.length === 0 ? null : new Date(Math.min(...all.map((time) => time.getTime())));
}
