import { signals } from '#libs/telemetry';

/** For loops that tell of their failures themselves. */
export async function turn(loop: string, work: Promise<unknown>): Promise<void> {
  await work;
  signals.loopTurned.publish({ loop, result: 'ok' });
}
