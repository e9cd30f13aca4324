import { once } from 'node:events';
import { Session } from 'node:inspector/promises';
import { WebSocket } from 'undici';

/** The part of the Chrome DevTools protocol that is needed here, to this process or to another. */
export interface Inspector {
  post(method: string, parameters?: object): Promise<unknown>;
  close(): void;
}

interface Reply {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

/** Has a child process of Node print the address that `inspectChild` looks for. */
export const INSPECTABLE = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

export function inspectSelf(): Inspector {
  const session = new Session();
  session.connect();
  return { post: (method, parameters) => session.post(method, parameters), close: () => session.disconnect() };
}

/** @param logs what the child printed */
export async function inspectChild(logs: string[]): Promise<Inspector> {
  const address = logs.flatMap((line) => /Debugger listening on (ws:\S+)/.exec(line)?.[1] ?? [])[0];
  if (address === undefined) throw new Error('The process printed no inspector address.');
  const socket = new WebSocket(address);
  const waiting = new Map<number, (reply: Reply) => void>();
  socket.addEventListener('message', ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply;
    waiting.get(reply.id ?? 0)?.(reply);
  });
  // Whoever still waits would wait for ever.
  socket.addEventListener('close', () => {
    for (const answer of waiting.values()) answer({ error: { message: 'The profiled process is gone.' } });
  });
  await once(socket, 'open');
  let last = 0;
  const post = async (method: string, params: object = {}) => {
    const id = (last += 1);
    const { result, error } = await new Promise<Reply>((resolve) => {
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
    waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  return { post, close: () => socket.close() };
}
