import type { TracingOptions } from './tracing-options.js';
import { currentTracer, useTracer } from './tracer.js';

/** Loads the SDK, which costs memory and time at the start, only here. @returns ends it, with what was not sent yet */
export async function startTracing(options: TracingOptions): Promise<() => Promise<void>> {
  const { openTelemetry } = await import('./open-telemetry.js');
  useTracer(openTelemetry(options));
  return async () => {
    const tracer = currentTracer();
    useTracer(null);
    await tracer?.stop();
  };
}
