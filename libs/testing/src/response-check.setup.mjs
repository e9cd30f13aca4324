import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll } from 'vitest';
import { checkResponses } from './response-check.mjs';

const faults = new Set();

/** For servers within the process of a test file, which may be that of other files before and after it. */
const check = ({ fastify }) => checkResponses(fastify, (fault) => faults.add(fault));
subscribe('fastify.initialization', check);

afterAll(() => {
  unsubscribe('fastify.initialization', check);
  if (faults.size > 0) throw new Error(`Off the API document:\n${[...faults].join('\n')}`);
});
