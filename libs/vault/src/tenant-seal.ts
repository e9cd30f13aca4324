import type { Secret } from '#libs/crypto';
import type { SealedValue, SecretPlace } from './secret-place.js';

/** The tenant's current data key at hand: seals without asking the database, for an answer that arrives while it is away. `dispose` zeroes its copy of the key. */
export interface TenantSeal extends Disposable {
  seal(place: SecretPlace, version: number, value: Secret<unknown>): SealedValue;
}
