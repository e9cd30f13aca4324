import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RateCounter } from './rate-counter.entity.js';
import { RateCounters } from './rate-counters.store.js';
import { RateLimits } from './rate-limits.js';

@Module({
  imports: [TypeOrmModule.forFeature([RateCounter])],
  providers: [RateCounters, RateLimits],
  exports: [RateLimits],
})
export class LimitsModule {}
