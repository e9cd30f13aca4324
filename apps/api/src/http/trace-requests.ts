import type { FastifyInstance, FastifyRequest } from 'fastify';
import { currentTracer, type RequestSpan } from '#libs/telemetry';

type TracedRequest = FastifyRequest & { span?: RequestSpan };

/** A span for each request, named after the template of its route. Not its path, its query, its body or its caller's address. */
export function traceRequests(fastify: FastifyInstance): void {
  const tracer = currentTracer();
  if (!tracer) return;
  fastify.addHook('onRequest', (request: TracedRequest, _reply, done) => {
    request.span = tracer.request(nameOf(request), request.headers, { 'http.request.method': request.method });
    request.span.run(done);
  });
  // Reading the body loses the context: it goes on in events of the socket.
  fastify.addHook('preHandler', (request: TracedRequest, _reply, done) => {
    if (request.span) request.span.run(done);
    else done();
  });
  fastify.addHook('onResponse', (request: TracedRequest, reply, done) => {
    const { url: route = 'none' } = request.routeOptions;
    const attributes = { 'http.route': route, 'http.response.status_code': reply.statusCode };
    request.span?.end(nameOf(request), attributes, reply.statusCode >= 500);
    done();
  });
}

function nameOf({ method, routeOptions }: FastifyRequest): string {
  return `${method} ${routeOptions.url ?? 'none'}`;
}
