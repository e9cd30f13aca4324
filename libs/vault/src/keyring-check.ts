import { MissingKeysError, WrongKeyError, type Keyring } from '#libs/crypto';
import type { KeyInUse, KeyOfTenant } from './data-keys.store.js';
import { dataKeyContext } from './data-key-context.js';

/**
 * Whether the ring opens what the database holds: asked once, before anything is served.
 * @throws MissingKeysError, naming each key that is still needed and how many data keys need it. @throws WrongKeyError
 */
export async function requireKeys(keyring: Keyring, inUse: readonly KeyInUse[]): Promise<void> {
  const missing = inUse
    .filter(({ keyId }) => !keyring.ids.includes(keyId))
    .map(({ keyId, dataKeys }) => ({ keyId, dataKeys }));
  if (missing.length > 0) throw new MissingKeysError(missing);
  for (const { keyId, samples } of inUse) {
    const opened = await Promise.all(samples.map((sample) => opens(keyring, sample)));
    if (!opened.includes(true)) throw new WrongKeyError(keyId);
  }
}

async function opens(keyring: Keyring, { keyId, wrapped, tenantId, generation }: KeyOfTenant): Promise<boolean> {
  try {
    (await keyring.unwrap(keyId, wrapped, dataKeyContext(tenantId, generation))).fill(0);
    return true;
  } catch (error) {
    if (error instanceof WrongKeyError) return false;
    throw error;
  }
}
