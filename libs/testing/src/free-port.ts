import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports that a system gives to whoever asks for any (from 32,768 with Linux): one of those may be in use again, by a connection
 * that another process opens, before the port is bound.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const ATTEMPTS = 50;

/**
 * A TCP port of 127.0.0.1 on which nothing listens at the moment.
 * @param inARow so many ports from the one returned on are free
 */
export async function freePort(inARow = 1): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (await areFree(port, inARow)) return port;
  }
  throw new Error(`No ${inARow} free ports in a row between ${FIRST_PORT} and ${LAST_PORT}.`);
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function areFree(first: number, count: number): Promise<boolean> {
  for (let port = first; port < first + count; port += 1) {
    if (!(await isFree(port))) return false;
  }
  return true;
}
