import {
  context,
  diag,
  DiagLogLevel,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type Tracer as SpanMaker,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';
import type { TracingOptions } from './tracing-options.js';
import type { OpenSpan, SpanFacts, Tracer } from './tracer.js';

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };

/** Spans of our own seams, sent in batches. Nothing is patched: what is not a seam leaves no span. */
export function openTelemetry(options: TracingOptions): Tracer {
  const warn = (message: string) => options.log(`Traces: ${message}`);
  diag.setLogger({ error: warn, warn, info: silent, debug: silent, verbose: silent }, DiagLogLevel.WARN);
  const exporter = new OTLPTraceExporter({
    url: `${options.endpoint.replace(/\/$/, '')}/v1/traces`,
    headers: options.headers,
  });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': options.serviceName }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampledPart) }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  // The context manager over AsyncLocalStorage, and W3C traceparent.
  provider.register();
  const spans = provider.getTracer('gatehouse');
  return {
    around: (name, facts, work) => around(spans, name, facts, work),
    request: (name, headers, attributes) => {
      const parent = propagation.extract(context.active(), headers);
      const span = spans.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
      return requestSpan(span, trace.setSpan(parent, span));
    },
    apart: (work) => context.with(ROOT_CONTEXT, work),
    traceId: () => trace.getActiveSpan()?.spanContext().traceId,
    stop: async () => {
      await provider.shutdown();
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}

function requestSpan(span: Span, within: Context) {
  return {
    run: (work: () => void) => context.with(within, work),
    end: (name: string, attributes: Record<string, string | number>, failed: boolean) => {
      span.updateName(name);
      span.setAttributes(attributes);
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

function around<Result>(
  spans: SpanMaker,
  name: string,
  { kind, attributes = {} }: SpanFacts,
  work: (span: OpenSpan) => Promise<Result>,
): Promise<Result> {
  return spans.startActiveSpan(name, { kind: KINDS[kind], attributes }, async (span) => {
    try {
      return await work({ set: (more) => span.setAttributes(more), headers: propagated });
    } catch (error) {
      // Its class alone: a message may quote what somebody sent.
      span.setAttributes({ 'error.type': error instanceof Error ? error.name : 'unknown' });
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

function silent(): void {
  return;
}

function propagated(): Record<string, string> {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}
