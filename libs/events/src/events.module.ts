import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Event } from './event.entity.js';
import { Events } from './events.store.js';

@Module({
  imports: [TypeOrmModule.forFeature([Event])],
  providers: [Events],
  exports: [Events],
})
export class EventsModule {}
