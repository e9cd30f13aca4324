import { ConfigError, loadConfig } from '#libs/config';
import { endOnSignals } from './end-on-signals.js';
import { startService } from './service.js';

/** `npm run serve`: the service alone, configured by the environment. */
try {
  const service = await startService(loadConfig());
  endOnSignals(() => service.close());
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
