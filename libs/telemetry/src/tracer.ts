export interface SpanFacts {
  kind: 'server' | 'client' | 'internal';
  attributes?: Record<string, string | number>;
}

/** A span under way. */
export interface OpenSpan {
  set(attributes: Record<string, string | number>): void;
  /** Headers that let who is called continue the trace. */
  headers(): Record<string, string>;
}

/** Where spans go, when traces are configured. */
export interface Tracer {
  around<Result>(name: string, facts: SpanFacts, work: (span: OpenSpan) => Promise<Result>): Promise<Result>;
  /** A request that came in: `run` calls its function inside the span, as often as the framework loses the context. */
  request(
    name: string,
    headers: Record<string, string | string[] | undefined>,
    attributes: Record<string, string | number>,
  ): RequestSpan;
  /** Outside of the span around the caller. */
  apart<Result>(work: () => Result): Result;
  /** Of the span around the caller, for the log. */
  traceId(): string | undefined;
  stop(): Promise<void>;
}

export interface RequestSpan {
  run(work: () => void): void;
  end(name: string, attributes: Record<string, string | number>, failed: boolean): void;
}

const NO_SPAN: OpenSpan = { set: () => undefined, headers: () => ({}) };

/** One for the process, as the context that it follows is. */
let current: Tracer | null = null;

export function useTracer(tracer: Tracer | null): void {
  current = tracer;
}

export function currentTracer(): Tracer | null {
  return current;
}

/** Attributes hold no id of a person, no query, no body, no parameter of a statement. */
export function traced<Result>(
  name: string,
  facts: SpanFacts,
  work: (span: OpenSpan) => Promise<Result>,
): Promise<Result> {
  return current === null ? work(NO_SPAN) : current.around(name, facts, work);
}

/** For work of many that one of them happens to set off: it belongs to no trace of theirs. */
export function apart<Result>(work: () => Result): Result {
  return current === null ? work() : current.apart(work);
}
