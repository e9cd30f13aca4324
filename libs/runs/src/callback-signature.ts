import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SYSTEM_ACTOR } from '#libs/audit';
import { Config } from '#libs/config';
import { newId } from '#libs/database';
import { Clock, secondsAfter } from '#libs/scheduling';
import { KeyRotation, PublishedKeys, Signer, SigningKeyStore } from '#libs/signing-keys';
import { PLATFORM } from '#libs/tenants';

const VALID_SECONDS = 300;
/** What receivers of the wire expect (protocol.md §8.4). */
const ALG = 'RS256';

/** Signs callbacks with our own key, whose public half is at `/.well-known/jwks.json`. */
@Injectable()
export class CallbackSignature {
  #ready: Promise<void> | null = null;

  constructor(
    private readonly config: Config,
    private readonly store: SigningKeyStore,
    private readonly rotation: KeyRotation,
    private readonly published: PublishedKeys,
    private readonly signer: Signer,
    private readonly clock: Clock,
  ) {}

  /**
   * A JWT bound to the body that is sent with it (protocol.md C36).
   * @param clientId of the client that asked to be called
   */
  async sign(body: string, { clientId, runId }: { clientId: string; runId: string }): Promise<string> {
    await (this.#ready ??= this.#prepare().catch((error: unknown) => {
      this.#ready = null;
      throw error;
    }));
    const now = this.clock.now();
    return this.signer.sign(PLATFORM, {
      iss: this.config.publicUrl,
      aud: clientId,
      sub: runId,
      jti: newId(),
      iat: Math.floor(now.getTime() / 1000),
      exp: Math.floor(secondsAfter(now, VALID_SECONDS).getTime() / 1000),
      body_sha256: createHash('sha256').update(body).digest('base64url'),
    });
  }

  /**
   * Before the very first callback our key becomes an RSA one. Nobody has verified anything with the first key then, so none is surprised; a
   * key that has signed is left as it is, since whoever rotated to it knew what they did.
   */
  async #prepare(): Promise<void> {
    const active = (await this.store.list(PLATFORM)).find(({ state }) => state === 'active');
    if (active?.alg === ALG || active?.lastUsedAt) return;
    await this.rotation.setPolicy(PLATFORM, { alg: ALG }, SYSTEM_ACTOR);
    await this.rotation.rotate(PLATFORM, { alg: ALG, activateAfterSeconds: 0 }, SYSTEM_ACTOR);
    await this.published.sync();
  }
}
