import { Injectable } from '@nestjs/common';
import { importJWK, jwtVerify } from 'jose';
import { asTenantId, isUuid, type TenantId } from '#libs/database';
import { Signer, SigningKeyStore, type SigningKey } from '#libs/signing-keys';
import { PLATFORM } from '#libs/tenants';

/** Nobody takes a checkpoint for a token: it is meant for nobody but this. */
const AUDIENCE = 'gatehouse:audit-checkpoint';

/** "The chain of this tenant had this hash at this length." */
export interface Statement {
  tenantId: TenantId;
  sequence: number;
  hash: Buffer;
}

/** Checkpoints as they are signed: JWTs of the platform's key, which its JWKS lets anybody verify. */
@Injectable()
export class CheckpointStatements {
  constructor(
    private readonly signer: Signer,
    private readonly keys: SigningKeyStore,
  ) {}

  sign({ tenantId, sequence, hash }: Statement, at: Date): Promise<string> {
    const iat = Math.floor(at.getTime() / 1000);
    return this.signer.sign(PLATFORM, { aud: AUDIENCE, sub: tenantId, iat, sequence, hash: hash.toString('hex') });
  }

  /** By any key that the platform ever had: one that was retired since is no less the one that signed. @returns null for each that none of them signed */
  async read(statements: readonly string[]): Promise<(Statement | null)[]> {
    if (statements.length === 0) return [];
    const keys = await this.keys.list(PLATFORM);
    return Promise.all(statements.map((statement) => readWith(keys, statement)));
  }
}

async function readWith(keys: readonly SigningKey[], statement: string): Promise<Statement | null> {
  try {
    const { payload } = await jwtVerify(
      statement,
      async ({ kid }) => {
        const key = keys.find((held) => held.kid === kid);
        if (!key) throw new Error('No key of ours.');
        return importJWK(key.publicJwk, key.alg);
      },
      { audience: AUDIENCE },
    );
    const { sub, sequence, hash } = payload;
    if (typeof sub !== 'string' || !isUuid(sub) || typeof sequence !== 'number' || typeof hash !== 'string')
      return null;
    return { tenantId: asTenantId(sub), sequence, hash: Buffer.from(hash, 'hex') };
  } catch {
    return null;
  }
}
