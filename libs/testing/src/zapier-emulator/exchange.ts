import type { IncomingHttpHeaders } from 'node:http';
import type { Reply } from './reply.js';
import type { Fired } from './rules.js';
import type { World } from './world.js';

/** One request, on its way to an answer. */
export interface Exchange {
  world: World;
  method: string;
  /** Without the final slash, which is optional everywhere (C1). */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
  /** The remote address. */
  address: string;
  /** What the rules do to it. */
  fired: Fired;
  /** Who asks, once that is known: for the log. */
  client: string | null;
  user: string | null;
}

/** The variable parts of a path. */
export type Parts = Readonly<Record<string, string>>;
export type Handler = (exchange: Exchange, parts: Parts) => Reply | Promise<Reply>;
