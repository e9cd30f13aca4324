import { createServer } from 'node:net';
import { ConfigError } from '#libs/config';

/** Asked before anything is started, so that a busy port leaves nothing half up. @throws ConfigError with what to do */
export async function requirePort(port: number, host: string): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(port, host, resolve));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new ConfigError(`Port ${port} is in use. Stop what uses it, or choose other ports: PORT=3100 npm start.`);
    throw new ConfigError(`Listening on ${host}:${port} is not possible (${code ?? 'unknown'}). Check HOST and PORT.`);
  }
  await new Promise((resolve) => probe.close(resolve));
}
