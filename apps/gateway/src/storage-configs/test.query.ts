import { Describe, MayBeOmitted, TEST_DEPTHS, type TestDepth } from '@stowage/contracts';
import { IsIn } from 'class-validator';
import { QueryParameters } from '../docs/query-parameters.decorator.js';
import { OrganizationQuery } from '../requests/organization.query.js';

const DEPTH = 'quick: one small file, within 15 s. full: also ranges and a multipart upload, within 120 s.';
const ONE_OF_THE_DEPTHS = { message: `depth must be one of ${TEST_DEPTHS.join(', ')}` };

@QueryParameters()
export class TestQuery {
  @Describe(DEPTH, 'quick')
  @MayBeOmitted()
  @IsIn(TEST_DEPTHS, ONE_OF_THE_DEPTHS)
  depth: TestDepth = 'quick';
}

@QueryParameters()
export class TestInOrganizationQuery extends OrganizationQuery {
  @Describe(DEPTH, 'quick')
  @MayBeOmitted()
  @IsIn(TEST_DEPTHS, ONE_OF_THE_DEPTHS)
  depth: TestDepth = 'quick';
}
