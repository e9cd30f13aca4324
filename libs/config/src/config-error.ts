/** A start-up error of the operator's: printed as one sentence, without a stack. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
