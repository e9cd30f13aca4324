import { ConfigError, loadConfig } from '#libs/config';
import { KeyringError } from '#libs/crypto';
import { EmbeddedServerError } from '#libs/database';
import { endOnSignals } from './end-on-signals.js';
import { startService } from './service.js';

/** `npm run serve`: the service alone, configured by the environment. */
const closeAtEnd = endOnSignals();
try {
  const service = await startService(loadConfig());
  closeAtEnd(() => service.close());
} catch (error) {
  const isForeseen =
    error instanceof ConfigError || error instanceof EmbeddedServerError || error instanceof KeyringError;
  console.error(isForeseen ? error.message : error);
  process.exit(1);
}
