import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';

/** As prom-client's own, but of any time: from one SIGUSR2 to the next. */
const delays = monitorEventLoopDelay({ resolution: 10 });
delays.enable();
process.on('SIGUSR2', () => {
  console.log(
    `EVENT LOOP p99 ${(delays.percentile(99) / 1e6).toFixed(1)} ms, longest ${(delays.max / 1e6).toFixed(0)} ms`,
  );
  delays.reset();
});

/** What is still held then is no garbage that waits to be collected: where it grows, something leaks. */
const isFull = ({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
new PerformanceObserver((list) => {
  if (list.getEntries().some(isFull)) {
    console.log(`FULL COLLECTION leaves ${(process.memoryUsage().heapUsed / 1024 / 1024).toFixed(1)} MiB`);
  }
}).observe({ entryTypes: ['gc'] });
