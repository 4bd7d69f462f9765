import { Describe, IsLine, MayBeOmitted } from '@stowage/contracts';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { QueryParameters } from '../docs/query-parameters.decorator.js';

export const MAX_PAGE = 200;

/** Which page of a list: query keys that every list takes. */
@QueryParameters()
export class PageQuery {
  @Describe('Items on a page.', 50)
  @MayBeOmitted()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
  )
  @IsInt({ message: 'limit must be a whole number' })
  @Min(1, { message: `limit must be between 1 and ${MAX_PAGE}` })
  @Max(MAX_PAGE, { message: `limit must be between 1 and ${MAX_PAGE}` })
  limit?: number;

  @Describe('Where the page begins: taken from the Link header of the page before.')
  @MayBeOmitted()
  @IsLine(200)
  cursor?: string;
}
