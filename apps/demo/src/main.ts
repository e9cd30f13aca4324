import { endOnSignals } from '../../api/src/end-on-signals.js';
import { startDemo } from './demo.js';

/** The demo alone, beside a Gatehouse that runs elsewhere: what `docker compose up` starts. */
const closeAtEnd = endOnSignals();
const env = process.env;
const demo = await startDemo({
  gatehouseUrl: env.GATEHOUSE_URL ?? 'http://localhost:3000',
  adminToken: env.ADMIN_TOKEN ?? '',
  dataDir: env.DATA_DIR ?? '.data',
  host: env.HOST ?? '127.0.0.1',
  notesPort: Number(env.NOTES_PORT ?? 3001),
  crmPort: Number(env.CRM_PORT ?? 3002),
  progress: (line) => console.log(line),
});
console.log(`Open ${demo.notesUrl}`);
closeAtEnd(() => demo.close());
