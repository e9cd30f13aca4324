import { Controller, Get, UseGuards } from '@nestjs/common';
import { LoopTurns } from '../health/loop-turns.js';
import { Readiness } from '../health/readiness.js';
import { Backlogs } from '../metrics/backlog.js';
import { AdminGuard } from './admin.guard.js';
import { Troubles } from './troubles.store.js';

/** How this process and everything that it depends on fares. It answers also when the database does not. */
@Controller('admin/health')
@UseGuards(AdminGuard)
export class AdminHealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly loops: LoopTurns,
    private readonly backlogs: Backlogs,
    private readonly troubles: Troubles,
  ) {}

  @Get()
  async show() {
    const checks = await this.readiness.checks();
    const known = { checks, loops: this.loops.ages() };
    if (checks.database?.status === 'fail') return known;
    const [queues, refreshes, upstreams] = await Promise.all([
      this.backlogs.queues(),
      this.troubles.pausedRefreshes(),
      this.troubles.pausedUpstreams(),
    ]);
    return {
      ...known,
      queues: queues.map(({ queue, due, overdue, oldestSeconds }) => ({
        queue,
        due,
        overdue,
        oldest_seconds: oldestSeconds,
      })),
      circuits: {
        refreshes: refreshes.map(({ nextProbeAt, ...circuit }) => ({ ...circuit, next_probe_at: nextProbeAt })),
        upstreams: upstreams.map(({ nextProbeAt, ...circuit }) => ({ ...circuit, next_probe_at: nextProbeAt })),
      },
    };
  }
}
