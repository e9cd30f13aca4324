import { subscribe } from 'node:diagnostics_channel';
import { afterAll } from 'vitest';
import { checkResponses } from './response-check.mjs';

const faults = new Set();

/** For servers within the process of a test. */
subscribe('fastify.initialization', ({ fastify }) => checkResponses(fastify, (fault) => faults.add(fault)));

afterAll(() => {
  if (faults.size > 0) throw new Error(`Off the API document:\n${[...faults].join('\n')}`);
});
