import { join } from 'node:path';
import { startCrm } from './crm/crm.js';
import { startNotes } from './notes/notes.js';
import { crmCredentials, provision } from './provision.js';

export interface DemoOptions {
  /** Where Gatehouse is seen, by browsers too: its PUBLIC_URL. It must be up. */
  gatehouseUrl: string;
  adminToken: string;
  /** The demo keeps its files in `demo` below it. */
  dataDir: string;
  host: string;
  /** 0 takes a free port. */
  notesPort: number;
  crmPort: number;
  /** Told what is being done, a line each. */
  progress?: (line: string) => void;
}

export interface Demo {
  notesUrl: string;
  crmUrl: string;
  close(): Promise<void>;
}

/** Acme CRM, then Acme Notes, then the tenant that joins them. What was started is stopped again when a step fails. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { gatehouseUrl, adminToken, host, progress = () => {} } = options;
  const dataDir = join(options.dataDir, 'demo');
  const started: { close(): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(started.splice(0).map((part) => part.close()));
  };
  try {
    const credentials = crmCredentials(dataDir, gatehouseUrl);
    const crm = await startCrm({ port: options.crmPort, host, dataDir, clients: [credentials] });
    started.push(crm);
    progress(`Acme CRM, a third party, is at ${crm.url}`);
    const notes = await startNotes({ port: options.notesPort, host, dataDir, gatehouseUrl, crmUrl: crm.url });
    started.push(notes);
    notes.enrol(await provision({ gatehouseUrl, adminToken, dataDir, notes, crm: { url: crm.url, credentials } }));
    progress(`Acme Notes, a SaaS that embeds Gatehouse, is at ${notes.url}`);
    return { notesUrl: notes.url, crmUrl: crm.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
