import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Counts requests by the template of their route: a path would name tenants and rows. */
export function countHttpRequests(fastify: FastifyInstance, registry: Registry): void {
  const requests = new Histogram({
    name: 'gatehouse_http_request_duration_seconds',
    help: 'Requests, by the template of their route and the class of their status.',
    labelNames: ['route', 'method', 'status'],
    buckets: SECONDS,
    registers: [registry],
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const method = METHODS.has(request.method) ? request.method : 'other';
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    requests.observe({ route, method, status }, reply.elapsedTime / 1000);
    done();
  });
}
