import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { RunWatch } from '#libs/runs';

const LOOK_MILLISECONDS = 1000;

/** For requests of this process that wait for runs. */
@Injectable()
export class RunTicks {
  constructor(private readonly watch: RunWatch) {}

  @Interval(LOOK_MILLISECONDS)
  look(): Promise<void> {
    return this.watch.look();
  }
}
