/**
 * Ends the process with 0 once `close` is done, at SIGTERM, SIGINT or SIGHUP. A second signal while closing changes nothing: a token
 * refresh in flight must not be cut off.
 */
export function endOnSignals(close: () => Promise<void>): void {
  let closing = false;
  const end = () => {
    if (closing) return;
    closing = true;
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
}
