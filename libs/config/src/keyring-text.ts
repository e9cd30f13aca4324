import { randomBytes } from 'node:crypto';
import type { KeyringEntry } from './config.js';
import { ConfigError } from './config-error.js';

const KEY_BYTES = 32;
const HOW = 'Give entries like k1:<base64 of 32 random bytes>, separated by commas, the primary first.';

/** A keyring of one new key, in the format of `VAULT_KEYRING`. */
export function newKeyringText(): string {
  return `k1:${randomBytes(KEY_BYTES).toString('base64')}`;
}

/** Parses `id:base64(32 bytes)` entries. Error texts name the entry, never the key. */
export function parseKeyring(text: string): KeyringEntry[] {
  const entries = text.split(',').map((part) => parseEntry(part.trim()));
  const seenIds = new Set<string>();
  const seenKeys = new Set<string>();
  for (const { id, key } of entries) {
    const fingerprint = key.toString('base64');
    if (seenIds.has(id)) throw new ConfigError(`VAULT_KEYRING holds the id "${id}" twice. ${HOW}`);
    if (seenKeys.has(fingerprint)) throw new ConfigError(`VAULT_KEYRING holds the key of "${id}" twice. ${HOW}`);
    seenIds.add(id);
    seenKeys.add(fingerprint);
  }
  return entries;
}

function parseEntry(part: string): KeyringEntry {
  const match = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+={0,2})$/.exec(part);
  if (!match) throw new ConfigError(`VAULT_KEYRING has an entry that is not id:base64. ${HOW}`);
  const [, id = '', encoded = ''] = match;
  const key = Buffer.from(encoded, 'base64');
  if (key.length !== KEY_BYTES) {
    throw new ConfigError(`VAULT_KEYRING: the key "${id}" has ${key.length} bytes, not ${KEY_BYTES}. ${HOW}`);
  }
  if (key.every((byte) => byte === key[0])) {
    throw new ConfigError(
      `VAULT_KEYRING: the key "${id}" is one byte repeated. Make one with: openssl rand -base64 32`,
    );
  }
  return { id, key };
}
