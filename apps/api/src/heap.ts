import { setFlagsFromString } from 'node:v8';

const GROWING_PERCENT = 50;

/**
 * Has all garbage collected whenever the heap is half as large again as what the last full collection left. V8 by itself waits until it is several
 * times as large where the machine has memory to spare: under load (L1 in test/chaos/README.md) a process went up and down between 217 and 387 MiB,
 * with 63 of them in use, and a leak would not have been seen for it. V8 looks at this each time that it sets the next limit, so it may be told late.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`);
}
