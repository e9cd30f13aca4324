const CHECK_MILLISECONDS = 1000;

/** When npm, which started us, is killed without a chance to pass the signal on, end as on Ctrl-C instead of holding the ports. */
export function endWithParent(): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, CHECK_MILLISECONDS);
  timer.unref();
}
