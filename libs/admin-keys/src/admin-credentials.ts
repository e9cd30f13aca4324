import { Injectable } from '@nestjs/common';
import { Config } from '#libs/config';
import { digestsEqual, sha256 } from '#libs/crypto';
import { AdminKeys } from './admin-keys.js';
import type { ListedAdminKey } from './admin-keys.store.js';

/** Who may call the admin API: null for whoever has `ADMIN_TOKEN`. */
export interface AdminHolder {
  key: ListedAdminKey | null;
}

/** Tells whose a bearer of the admin API is. */
@Injectable()
export class AdminCredentials {
  readonly #digest: Buffer;

  constructor(
    config: Config,
    private readonly keys: AdminKeys,
  ) {
    this.#digest = sha256(config.adminToken);
  }

  /** @returns null when it is neither `ADMIN_TOKEN` nor a key of ours that is good now */
  async recognise(token: string): Promise<AdminHolder | null> {
    if (digestsEqual(this.#digest, sha256(token))) return { key: null };
    const key = await this.keys.recognise(token);
    return key && { key };
  }
}
