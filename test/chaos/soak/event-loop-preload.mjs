import { monitorEventLoopDelay } from 'node:perf_hooks';

/** As prom-client's own, but of any time: from one SIGUSR2 to the next. */
const delays = monitorEventLoopDelay({ resolution: 10 });
delays.enable();
process.on('SIGUSR2', () => {
  console.log(
    `EVENT LOOP p99 ${(delays.percentile(99) / 1e6).toFixed(1)} ms, longest ${(delays.max / 1e6).toFixed(0)} ms`,
  );
  delays.reset();
});
