const MAX_LENGTH = 100;
const UNFIT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * What a token calls its person: the `name` claim (OpenID Connect Core §5.1). It is for their own eyes and identifies nobody, so one that
 * can't be shown on a line is left out, and refuses no token.
 */
export function displayName(claim: unknown): string | undefined {
  const name = typeof claim === 'string' ? claim.trim() : '';
  return name === '' || name.length > MAX_LENGTH || UNFIT.test(name) ? undefined : name;
}
