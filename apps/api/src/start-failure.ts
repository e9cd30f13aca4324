import { ConfigError } from '#libs/config';
import { KeyringError } from '#libs/crypto';
import { databaseFault, EmbeddedServerError } from '#libs/database';

const FORESEEN = [ConfigError, EmbeddedServerError, KeyringError];

/** What to print when a start fails: for what an operator can mend the sentence alone, else the whole error. */
export function startFailure(error: unknown): unknown {
  if (error instanceof Error && FORESEEN.some((type) => error instanceof type)) return error.message;
  return databaseFault(error) ?? error;
}
