import type { FastifyReply } from 'fastify';

/** 303 after a form: the browser must not send it on (RFC 9700 §4.12). No Referer, since the URL that it leaves may hold an assertion. */
export async function sendOn(reply: FastifyReply, status: 302 | 303, location: string): Promise<void> {
  await reply
    .status(status)
    .headers({
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'referrer-policy': 'no-referrer',
      location: inAscii(location),
    })
    .send();
}

/** As a browser would escape it: a header takes nothing else, and a URL from before the rules for them may hold it. */
function inAscii(location: string): string {
  return location.replaceAll(/[^\x21-\x7e]+/g, encodeURIComponent);
}

/** For link checkers, which ask with HEAD: nothing may be begun or used up by that. */
export async function answerProbe(reply: FastifyReply): Promise<void> {
  await reply.status(200).header('cache-control', 'no-store').send();
}
