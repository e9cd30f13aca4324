import { createServer, type RequestListener, type Server } from 'node:http';

export interface Listener {
  server: Server;
  /** The one that the system gave, where 0 was asked for. */
  port: number;
  /** Requests that came before this call wait for it. */
  serve(handle: RequestListener): void;
  close(): Promise<void>;
}

/** Takes the port before anything is built on it: an OAuth issuer has its port in its name, and a busy port must fail first. */
export async function listen(options: { name: string; host: string; port: number }): Promise<Listener> {
  const waiting: Parameters<RequestListener>[] = [];
  const server = createServer();
  const hold: RequestListener = (request, response) => void waiting.push([request, response]);
  server.on('request', hold);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(inWords(error, options)));
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  return {
    server,
    port: typeof address === 'object' && address ? address.port : options.port,
    serve: (handle) => {
      server.off('request', hold).on('request', handle);
      for (const pair of waiting.splice(0)) handle(...pair);
    },
    close: () => close(server),
  };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function inWords(
  error: NodeJS.ErrnoException,
  { name, host, port }: { name: string; host: string; port: number },
): Error {
  const message =
    error.code === 'EADDRINUSE'
      ? `${name} needs port ${port}, which is taken: stop the program that listens there and start again.`
      : `${name} cannot listen on ${host}:${port}: ${error.message}.`;
  return new Error(message, { cause: error });
}
