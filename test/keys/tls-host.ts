import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const OPENSSL = 'openssl';
const REQUEST = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1';

export const hasOpenssl = spawnSync(OPENSSL, ['version']).status === 0;

export interface Certificate {
  keyFile: string;
  certFile: string;
}

/** Signed by itself, for a day. @param file the name of its files in the folder */
export function makeCertificate(folder: string, file: string, name: string): Certificate {
  const keyFile = join(folder, `${file}.key.pem`);
  const certFile = join(folder, `${file}.cert.pem`);
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  execFileSync(OPENSSL, [...REQUEST.split(' '), ...subject, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
  return { keyFile, certFile };
}

/** A server of one JSON text, whose certificate changes. */
export class TlsHost {
  requests = 0;

  private constructor(private readonly server: Server) {}

  static async start(certificate: Certificate, text: () => string): Promise<TlsHost> {
    const server = createServer(filesOf(certificate));
    const host = new TlsHost(server);
    server.on('request', (_, response) => {
      host.requests += 1;
      response.writeHead(200, { 'content-type': 'application/json' }).end(text());
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return host;
  }

  get origin(): string {
    return `https://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** From the next connection on, which is the next request. */
  present(certificate: Certificate): void {
    this.server.setSecureContext(filesOf(certificate));
    this.server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}

function filesOf({ keyFile, certFile }: Certificate): { key: Buffer; cert: Buffer } {
  return { key: readFileSync(keyFile), cert: readFileSync(certFile) };
}
