import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedServerError, errorCode } from './embedded-error.js';

/**
 * Holds `folder` for this process until released. The lock is a listening socket: the kernel drops it with its process,
 * however that ends, and a reused process id cannot fool it.
 * @param folder a real path.
 * @param dataDir what the person at the terminal calls it.
 * @throws EmbeddedServerError while another process holds it.
 */
export async function lockFolder(folder: string, dataDir: string): Promise<() => Promise<void>> {
  const path = socketPath(folder);
  const server = await listen(path).catch(async (error: unknown) => {
    if (errorCode(error) !== 'EADDRINUSE') throw error;
    if (await answers(path)) {
      throw new EmbeddedServerError(
        `The embedded PostgreSQL in ${dataDir} is in use by another process: stop that one, or give this one another DATA_DIR.`,
      );
    }
    await rm(path, { force: true });
    return listen(path);
  });
  return () => new Promise((released) => server.close(() => released()));
}

/** Linux has socket names that are no files, so nothing stale stays behind; elsewhere the file of a dead owner does. */
function socketPath(folder: string): string {
  const name = `gatehouse-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`;
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    // Exclusive: in a cluster worker the primary process would hold the socket instead.
    server.listen({ path, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
  });
}
