import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '#libs/audit';
import { Circuits } from './circuits.js';
import { RefreshCircuit } from './refresh-circuit.entity.js';

/** How the apps fare, for whoever only wants to know. */
@Module({
  imports: [TypeOrmModule.forFeature([RefreshCircuit]), AuditModule],
  providers: [Circuits],
  exports: [Circuits],
})
export class CircuitsModule {}
