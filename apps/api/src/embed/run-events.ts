import type { FastifyReply } from 'fastify';
import type { RunSubscription, RunView } from '#libs/runs';
import { toWireRun } from '#libs/runs';

const KEEP_ALIVE_MILLISECONDS = 15_000;
/** A run only ever moves on along these. The last is its end, whichever. */
const STEPS = ['queued', 'running', 'polling'];

/**
 * The changes of a run as server-sent events, until its end. An event's id is how far the run has come: with `Last-Event-ID` what the client
 * knows is not sent again.
 * @param first as the run is now
 * @param read reads it again; null when it is gone
 */
export async function sendRunEvents(
  reply: FastifyReply,
  subscription: RunSubscription,
  first: RunView,
  read: () => Promise<RunView | null>,
): Promise<void> {
  const gone = goneWith(reply);
  const stream = begin(reply);
  let known = Number(reply.request.headers['last-event-id'] ?? -1);
  const keepAlive = setInterval(() => stream.write(': still here\n\n'), KEEP_ALIVE_MILLISECONDS);
  try {
    for (let view: RunView | null = first; view; view = await read()) {
      const id = stepOf(view);
      if (!(id <= known)) {
        stream.write(
          `id: ${id}\nevent: ${view.run.state}\ndata: ${JSON.stringify(toWireRun(view.run, view.outcome))}\n\n`,
        );
        known = id;
      }
      if (view.run.finishedAt || !(await subscription.change(view.run.state, gone))) break;
    }
  } finally {
    clearInterval(keepAlive);
    stream.end();
  }
}

/** Aborts when the client has gone. */
export function goneWith(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  return controller.signal;
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
