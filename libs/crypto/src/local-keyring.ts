import { open, seal, type AssociatedData } from './aead.js';
import { Keyring, UnknownKeyError, WrongKeyError } from './keyring.js';

/** The keyring of `VAULT_KEYRING`. A key is chosen by its id, never by trial. */
export class LocalKeyring extends Keyring {
  readonly primaryId: string;
  readonly ids: readonly string[];
  readonly #keys: ReadonlyMap<string, Buffer>;

  /** @param entries 32-byte keys, the primary first; at least one. */
  constructor(entries: readonly { id: string; key: Buffer }[]) {
    super();
    const [primary] = entries;
    if (!primary) throw new Error('A keyring needs at least one key.');
    this.primaryId = primary.id;
    this.ids = entries.map(({ id }) => id);
    this.#keys = new Map(entries.map(({ id, key }) => [id, key]));
  }

  wrap(dataKey: Buffer, context: AssociatedData): Promise<{ keyId: string; wrapped: Buffer }> {
    return Promise.resolve({
      keyId: this.primaryId,
      wrapped: seal(this.#key(this.primaryId), dataKey, ['wrap', this.primaryId, ...context]),
    });
  }

  async unwrap(keyId: string, wrapped: Buffer, context: AssociatedData): Promise<Buffer> {
    const key = this.#key(keyId);
    try {
      return open(key, wrapped, ['wrap', keyId, ...context]);
    } catch {
      throw new WrongKeyError(keyId);
    }
  }

  #key(id: string): Buffer {
    const key = this.#keys.get(id);
    if (!key) throw new UnknownKeyError(id);
    return key;
  }
}
