import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';
import { currentTracer } from '#libs/telemetry';

/** What the framework tells of itself as it starts: each module, each route. None of it says what an operator has to know. */
const FRAMEWORK = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** Nest's logger as JSON lines on stdout. Errors are written with their class, text and stack; nothing else of an object is expanded. */
export class JsonLogger implements LoggerService {
  readonly #pino: Logger;

  /** @param output stdout by default */
  constructor(level: string, output?: DestinationStream) {
    const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: asIs } };
    this.#pino = output ? pino(options, output) : pino(options);
  }

  log(message: unknown, context?: string): void {
    const level = context !== undefined && FRAMEWORK.has(context) ? 'debug' : 'info';
    this.#pino[level](fields(message, context));
  }

  warn(message: unknown, context?: string): void {
    this.#pino.warn(fields(message, context));
  }

  error(message: unknown, ...rest: string[]): void {
    this.#pino.error(fields(message, rest.at(-1)));
  }

  debug(message: unknown, context?: string): void {
    this.#pino.debug(fields(message, context));
  }

  verbose(message: unknown, context?: string): void {
    this.#pino.trace(fields(message, context));
  }
}

function fields(message: unknown, name: string | undefined): Record<string, unknown> {
  const traceId = currentTracer()?.traceId();
  const context = { context: name, ...(traceId !== undefined && { trace_id: traceId }) };
  if (message instanceof Error) return { ...context, err: describe(message), msg: message.message };
  if (typeof message !== 'object' || message === null) return { ...context, msg: String(message) };
  const { cause, ...members } = message as Record<string, unknown>;
  return { ...context, ...members, ...(cause instanceof Error && { err: describe(cause) }) };
}

/** Only these members: a driver's error also carries the statement's parameters. */
function describe(error: Error): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' && { code }),
    stack: error.stack,
    ...(error.cause instanceof Error && { cause: describe(error.cause) }),
  };
}

/** pino would describe the description. */
function asIs(value: unknown): unknown {
  return value;
}
