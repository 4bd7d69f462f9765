import { Describe, MayBeOmitted } from '@stowage/contracts';
import { IsUUID } from 'class-validator';
import { QueryParameters } from '../docs/query-parameters.decorator.js';
import { PageQuery } from '../paging/page.query.js';

@QueryParameters()
export class BackupListQuery extends PageQuery {
  @Describe('Only the backups on this storage.')
  @MayBeOmitted()
  @IsUUID('all', { message: 'storage_config_id must be a UUID' })
  storage_config_id?: string;
}
