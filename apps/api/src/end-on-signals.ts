const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** Past the longest refresh in flight: whatever still hangs then will not end. */
const GIVE_UP_MILLISECONDS = 40_000;

/**
 * Ends the process with 0 at SIGTERM, SIGINT or SIGHUP. Until there is something to close it ends at once, so it is called first of all: a
 * signal during the start leaves nothing behind either. A second signal while closing changes nothing, since a token refresh in flight must
 * not be cut off.
 * @returns takes what is to be closed, once it runs
 */
export function endOnSignals(): (close: () => Promise<void>) => void {
  let close = nothingRunsYet;
  let closing = false;
  const end = () => {
    if (closing) return;
    closing = true;
    setTimeout(() => process.exit(1), GIVE_UP_MILLISECONDS).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of SIGNALS) process.on(signal, end);
  return (running) => {
    close = running;
  };
}

function nothingRunsYet(): Promise<void> {
  return Promise.resolve();
}
