import { loadConfig } from '#libs/config';
import { endOnSignals } from './end-on-signals.js';
import { startService } from './service.js';
import { startFailure } from './start-failure.js';

/** `npm run serve`: the service alone, configured by the environment. */
const closeAtEnd = endOnSignals();
try {
  const service = await startService(loadConfig());
  closeAtEnd(() => service.close());
} catch (error) {
  console.error(startFailure(error));
  process.exit(1);
}
