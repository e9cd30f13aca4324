export { signals } from './signals.js';
export { startTracing } from './start-tracing.js';
export { apart, currentTracer, traced, type OpenSpan, type RequestSpan } from './tracer.js';
