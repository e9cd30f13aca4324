import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { AppVersion } from './app-version.entity.js';
import type { OperationDefinition } from './operation.js';
import type { OutputField } from './output-fields.js';

/** An operation of one version of an app, apart from the others: a document may have thousands. */
@Entity('app_operations')
@ForeignKey(() => AppVersion, ['appId', 'version'], ['appId', 'version'], { onDelete: 'CASCADE' })
export class AppOperation {
  @PrimaryColumn('uuid')
  appId!: string;

  @PrimaryColumn('integer')
  version!: number;

  @PrimaryColumn('text')
  key!: string;

  @Column('jsonb')
  definition!: OperationDefinition;

  /** What its response is made of, read only when somebody asks. */
  @Column('jsonb')
  outputs!: OutputField[];
}
