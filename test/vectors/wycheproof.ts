import { readJsonFile, thirdPartyFile, type ThirdPartyFile } from './third-party-file.js';

export type Jwk = Record<string, unknown>;

export interface JoseCase {
  tcId: number;
  comment: string;
  result: 'valid' | 'invalid';
  /** Compact, or the text of a JSON serialisation. */
  token: string;
}

export interface JoseGroup {
  /** What the case verifies with: the public half where it has one, else the secret. */
  keys: Jwk[];
  isSymmetric: boolean;
  cases: JoseCase[];
}

interface UpstreamGroup {
  public?: Jwk;
  private: Jwk;
  tests: (Omit<JoseCase, 'token'> & { jws?: string | object; jwe?: string | object })[];
}

export function wycheproofFile(name: string): ThirdPartyFile {
  return thirdPartyFile(`wycheproof/testvectors_v1/${name}_test.json`);
}

/** The groups of one of Project Wycheproof's files about JOSE. */
export function readJoseGroups(file: ThirdPartyFile): JoseGroup[] {
  const { testGroups } = readJsonFile(file) as { testGroups: UpstreamGroup[] };
  return testGroups.map((group) => {
    const keys = keysOf(group.public ?? group.private);
    return {
      keys,
      isSymmetric: keys.every(({ kty }) => kty === 'oct'),
      cases: group.tests.map(({ tcId, comment, result, jws, jwe }) => ({
        tcId,
        comment,
        result,
        token: textOf(jws ?? jwe),
      })),
    };
  });
}

function keysOf(keyOrSet: Jwk): Jwk[] {
  return Array.isArray(keyOrSet.keys) ? (keyOrSet.keys as Jwk[]) : [keyOrSet];
}

function textOf(token: string | object | undefined): string {
  return typeof token === 'string' ? token : JSON.stringify(token);
}
