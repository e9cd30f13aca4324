import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { call, startEmulator } from './emulator.js';
import type { EmulatorOptions } from './settings.js';

/** The emulator alone, and beside it, at a port of its own, what a test does to it. It dies with whoever started it. */
const options = JSON.parse(process.env.EMULATOR_OPTIONS ?? '{}') as EmulatorOptions;
const { control, origin } = await startEmulator(options);
const commands = createServer((request, response) => {
  obey(request).then(
    (answer) => response.setHeader('content-type', 'application/json').end(answer),
    (error: unknown) => response.writeHead(400).end(String(error)),
  );
}).listen(0, '127.0.0.1');
await once(commands, 'listening');
console.log(JSON.stringify({ origin, control: `http://127.0.0.1:${(commands.address() as AddressInfo).port}` }));
process.stdin.resume().once('end', () => process.exit());

async function obey(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const argument: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
  return JSON.stringify(await call(control, (request.url ?? '/').slice(1), argument)) ?? '';
}
