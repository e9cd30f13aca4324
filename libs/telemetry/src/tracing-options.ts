export interface TracingOptions {
  /** Base URL of an OTLP collector over HTTP. */
  endpoint: string;
  headers: Record<string, string>;
  serviceName: string;
  /** Part of the traces that begin here, 0 to 1. One that began elsewhere is recorded where it was there. */
  sampledPart: number;
  log: (message: string) => void;
}
