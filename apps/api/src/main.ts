import { loadConfig } from '#libs/config';
import { endOnSignals } from './end-on-signals.js';
import { keepHeapSmall } from './heap.js';
import { JsonLogger } from './json-logger.js';
import { startService } from './service.js';
import { startFailure } from './start-failure.js';

/** `npm run serve`: the service alone, configured by the environment. */
const closeAtEnd = endOnSignals();
keepHeapSmall();
try {
  const config = loadConfig();
  const logger = new JsonLogger(config.logLevel);
  const service = await startService(config, (sentence) => logger.log(sentence, 'Start'));
  const { host, port, roles, publicUrl, generatedFiles } = config;
  if (generatedFiles.length > 0)
    logger.warn(`Secrets that were made here are in use, for development: ${generatedFiles.join(', ')}`, 'Start');
  logger.log(`Ready on ${host}:${port} for ${publicUrl}, as ${roles.join(' and ')}`, 'Start');
  closeAtEnd(() => service.close());
} catch (error) {
  console.error(startFailure(error));
  process.exit(1);
}
