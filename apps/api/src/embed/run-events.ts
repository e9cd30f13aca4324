import type { FastifyReply } from 'fastify';
import { toWireRun, type RunSubscription, type RunView } from '#libs/runs';
import type { AuthenticatedRequest } from './caller.js';

const KEEP_ALIVE_MILLISECONDS = 15_000;
/** A revoked token is felt within a second. */
const CHECK_MILLISECONDS = 500;
/** A run only ever moves on along these. The last is its end, whichever. */
const STEPS = ['queued', 'running', 'polling'];

/**
 * The changes of a run as server-sent events, until its end. An event's id is how far the run has come: with `Last-Event-ID` what the client
 * knows is not sent again; one that knows the end is told to stop asking (204, as the WHATWG's format has it).
 * @param first as the run is now
 * @param find reads it again; null when it is gone
 */
export async function sendRunEvents(
  reply: FastifyReply,
  subscription: RunSubscription,
  first: RunView,
  find: () => Promise<RunView | null>,
): Promise<void> {
  let known = Number(reply.request.headers['last-event-id'] ?? -1);
  if (known >= STEPS.length && first.run.finishedAt) {
    await reply.status(204).send();
    return;
  }
  using open = openFor(reply);
  const stream = begin(reply);
  const keepAlive = setInterval(() => stream.write(': still here\n\n'), KEEP_ALIVE_MILLISECONDS);
  const read = async () => subscription.ended ?? find();
  try {
    for (let view: RunView | null = first; view && !open.signal.aborted; view = await read()) {
      const id = stepOf(view);
      if (!(id <= known)) {
        const data = JSON.stringify(toWireRun(view.run, view.outcome));
        stream.write(`id: ${id}\nevent: ${view.run.state}\ndata: ${data}\n\n`);
        known = id;
      }
      if (view.run.finishedAt || !(await subscription.change(view.run.state, open.signal))) break;
    }
  } finally {
    clearInterval(keepAlive);
    stream.end();
  }
}

/** Aborts when the client has gone, or when its token lets nobody in any more. To be disposed of. */
export function openFor(reply: FastifyReply): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (reply.raw.destroyed) abort();
  reply.raw.once('close', abort);
  const request = reply.request as AuthenticatedRequest;
  const check = setInterval(() => {
    void request.isStillAllowed?.().then((isAllowed) => isAllowed || abort(), abort);
  }, CHECK_MILLISECONDS);
  return { signal: controller.signal, [Symbol.dispose]: () => clearInterval(check) };
}

function begin(reply: FastifyReply) {
  reply.hijack();
  const headers = Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
  reply.raw.writeHead(200, {
    ...(headers as Record<string, string>),
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  // Else they would wait for the first event.
  reply.raw.flushHeaders();
  return reply.raw;
}

function stepOf({ run }: RunView): number {
  return run.finishedAt ? STEPS.length : STEPS.indexOf(run.state);
}
