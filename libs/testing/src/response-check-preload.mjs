import { subscribe } from 'node:diagnostics_channel';
import { checkResponses } from './response-check.mjs';

/** Loaded into a service before its own code. The line is what `startService` looks for. */
subscribe('fastify.initialization', ({ fastify }) => {
  checkResponses(fastify, (fault) => console.error(`OFF THE API DOCUMENT: ${fault}`));
});
