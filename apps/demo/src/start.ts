import { relative } from 'node:path';
import { loadConfig, type Config } from '#libs/config';
import { endOnSignals } from '../../api/src/end-on-signals.js';
import { requirePort } from '../../api/src/require-port.js';
import { startService } from '../../api/src/service.js';
import { startFailure } from '../../api/src/start-failure.js';
import { startDemo, type Demo } from './demo.js';
import { endWithParent } from './end-with-parent.js';
import { startZapier, type Zapier } from './zapier.js';

/** `npm start`: the whole product and the demo in one process, in the foreground. */
const closeAtEnd = endOnSignals();
const withZapier = process.argv.includes('--with-zapier-emulator');
const progress = (sentence: string) => console.log(`  ${sentence}`);

try {
  const config = loadConfig({ ...process.env, LOG_LEVEL: process.env.LOG_LEVEL || 'warn' });
  const ports = { notesPort: config.port + 1, crmPort: config.port + 2 };
  const zapierPort = config.port + 3;
  const allPorts = [...Object.values(ports), ...(withZapier ? [zapierPort] : [])];
  for (const port of allPorts) await requirePort(port, config.host);
  const service = await startService(config, progress);
  let demo: Demo | undefined;
  let zapier: Zapier | undefined;
  const close = async () => {
    await zapier?.close();
    await demo?.close();
    await service.close();
  };
  try {
    const { adminToken, dataDir, host } = config;
    demo = await startDemo({ gatehouseUrl: config.publicUrl, adminToken, dataDir, host, ...ports, progress });
    if (withZapier) {
      zapier = await startZapier({ gatehouseUrl: config.publicUrl, adminToken, port: zapierPort });
      progress(`An emulator of Zapier, the upstream of Acme Notes, is at ${zapier.url}`);
    }
    announce(config, demo, zapier);
    closeAtEnd(close);
    endWithParent();
  } catch (error) {
    await close();
    throw error;
  }
} catch (error) {
  console.error();
  console.error(startFailure(error));
  process.exit(1);
}

/** From where the newcomer stands. */
function shown(path: string): string {
  return relative(process.cwd(), path) || path;
}

function announce({ publicUrl, dataDir, generatedFiles }: Config, { notesUrl, crmUrl }: Demo, zapier?: Zapier): void {
  const startedAt = Number(process.env.GATEHOUSE_STARTED_AT ?? Date.now());
  console.log(`
Ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s. Open ${notesUrl}

  Acme Notes      ${notesUrl}   a SaaS that embeds Gatehouse: begin here
  Acme CRM        ${crmUrl}   the third party it connects to (ada@acme-crm.test, password demo)
  Gatehouse       ${publicUrl}   the API${zapier ? `\n  Zapier          ${zapier.url}   an emulator, whose apps Acme Notes offers too` : ''}
  Data            ${shown(dataDir)}${generatedFiles.map((file) => `\n                  ${shown(file)}`).join('')}

Ctrl-C stops everything.`);
}
