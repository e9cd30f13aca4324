import { ConfigError, loadConfig, type Config } from '#libs/config';
import { Egress } from '#libs/egress';
import { examineDatabase } from './database.js';
import { fail, type Finding } from './finding.js';
import { examineSurroundings } from './surroundings.js';
import { examineTenants } from './tenants.js';

/** Looks at everything that the service needs, with the service's own environment, and changes nothing that it finds. */
export async function examine(): Promise<Finding[]> {
  let config: Config;
  try {
    config = loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [fail('environment', error.message, 'See .env.example, the manual of each variable.')];
  }
  const own = new Egress(withOwnAddress(config));
  const surroundings = await examineSurroundings(config, own);
  const stored = await examineDatabase(config, (client) => examineTenants(config, client, own));
  return [...surroundings, ...stored];
}

/** Only our own address, wherever it is: it is no tenant who says it. */
function withOwnAddress(config: Config): Config {
  const host = new URL(config.publicUrl).hostname.replaceAll(/^\[|\]$/g, '');
  return config.with({ egressAllow: ['127.0.0.0/8', '::1/128', host, config.host] });
}
