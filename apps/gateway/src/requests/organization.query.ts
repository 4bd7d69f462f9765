import { applyDecorators } from '@nestjs/common';
import { Describe } from '@stowage/contracts';
import { Transform } from 'class-transformer';
import { IsUUID } from 'class-validator';
import { QueryParameters } from '../docs/query-parameters.decorator.js';
import { PageQuery } from '../paging/page.query.js';

const OrganizationId = (): PropertyDecorator =>
  applyDecorators(
    Describe('The organization.', '2f1d6f3e-8f5b-4b1e-9c53-0d8f0a7b6c5d'),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value)),
    IsUUID('all', { message: 'organization_id must be a UUID' }),
  );

@QueryParameters()
export class OrganizationQuery {
  @OrganizationId()
  organization_id!: string;
}

/** A page of what an organization owns. */
@QueryParameters()
export class OrganizationPageQuery extends PageQuery {
  @OrganizationId()
  organization_id!: string;
}
