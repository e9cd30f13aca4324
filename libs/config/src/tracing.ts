import type { TracingConfig } from './config.js';
import { ConfigError } from './config-error.js';

/**
 * Reads OpenTelemetry's own variables. Without an endpoint there are no traces, whatever the others say.
 * @throws ConfigError
 */
export function readTracing(env: NodeJS.ProcessEnv): TracingConfig | undefined {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint) return undefined;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new ConfigError(
      `OTEL_EXPORTER_OTLP_ENDPOINT is "${endpoint}". Give the URL of a collector, such as http://localhost:4318.`,
    );
  }
  return {
    endpoint,
    headers: readHeaders(env.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
    serviceName: env.OTEL_SERVICE_NAME || 'gatehouse',
    sampledPart: readPart(env.OTEL_TRACES_SAMPLER_ARG || '1'),
  };
}

/** `name=value,name=value`, percent-encoded. The error names no value: it may be a secret. */
function readHeaders(text: string): Record<string, string> {
  const entries = text.split(',').filter((entry) => entry.trim() !== '');
  return Object.fromEntries(
    entries.map((entry) => {
      const [name = '', ...value] = entry.split('=');
      if (value.length === 0 || name.trim() === '')
        throw new ConfigError('OTEL_EXPORTER_OTLP_HEADERS is not readable. Give name=value, separated by commas.');
      return [name.trim(), decoded(value.join('=').trim())];
    }),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readPart(text: string): number {
  const part = Number(text);
  if (!(part >= 0 && part <= 1))
    throw new ConfigError(`OTEL_TRACES_SAMPLER_ARG is "${text}". Give a part from 0 to 1.`);
  return part;
}
