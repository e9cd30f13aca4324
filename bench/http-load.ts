import { createHistogram } from 'node:perf_hooks';
import autocannon from 'autocannon';
import type { Runner } from './measure.js';
import { cpuMicroseconds } from './processor-time.js';

const CONNECTIONS = 10;

/** A POST of a urlencoded form. */
export interface FormRequest {
  body: string;
}

export interface HttpLoad {
  url: string;
  /** The process that answers. */
  pid: number;
  /** What every answer must have. */
  status: number;
  headers?: Record<string, string>;
  /** Posted in turn; without them, GET. */
  forms?: FormRequest[];
}

/** GET, or POST of forms, over ten connections, each with one request at a time. */
export function httpLoad({ url, pid, status, headers = {}, forms = [] }: HttpLoad): Runner {
  const requests = forms.map(({ body }) => ({
    method: 'POST' as const,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
  }));
  return async (duration) => {
    const microseconds = createHistogram();
    const cpuBefore = await cpuMicroseconds(pid);
    const clientBefore = process.cpuUsage();
    const result = await new Promise<autocannon.Result>((resolve, reject) => {
      const load = {
        url,
        headers,
        duration,
        connections: CONNECTIONS,
        pipelining: 1,
        ...(requests.length > 0 && { requests }),
      };
      const instance = autocannon(load, (error: Error | null, ended) => (error ? reject(error) : resolve(ended)));
      // Its own histogram counts whole milliseconds, which is longer than most answers take.
      instance.on('response', (_client, _status, _bytes, milliseconds) =>
        microseconds.record(Math.max(1, Math.round(milliseconds * 1000))),
      );
    });
    const client = process.cpuUsage(clientBefore);
    const cpuAfter = await cpuMicroseconds(pid);
    const answers = answersOf(result, status);
    return {
      perSecond: answers / result.duration,
      p99Milliseconds: microseconds.percentile(99) / 1000,
      clientBusy: (client.user + client.system) / (result.duration * 1_000_000),
      ...(cpuBefore !== undefined && cpuAfter !== undefined && { cpuMicroseconds: (cpuAfter - cpuBefore) / answers }),
    };
  };
}

/** @throws when a request got no answer, or one of another status */
function answersOf({ statusCodeStats = {}, errors, timeouts, url }: autocannon.Result, status: number): number {
  const others = Object.entries(statusCodeStats).filter(([code]) => code !== String(status));
  const wrong = others.map(([code, { count }]) => `${count} with ${code}`);
  if (errors > 0) wrong.push(`${errors} not at all (${timeouts} of them in time-outs)`);
  const answers = statusCodeStats[`${status}`]?.count ?? 0;
  if (wrong.length > 0 || answers === 0) {
    throw new Error(`${url} answered ${answers} requests with ${status}, but ${wrong.join(', ') || 'no others'}.`);
  }
  return answers;
}
