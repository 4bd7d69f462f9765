import { applyDecorators } from '@nestjs/common';
import { Describe, HISTORY_KINDS, type HistoryKind, MayBeOmitted } from '@stowage/contracts';
import { IsIn, IsISO8601, Matches } from 'class-validator';
import { QueryParameters } from '../docs/query-parameters.decorator.js';

const IsTime = (): PropertyDecorator =>
  applyDecorators(
    MayBeOmitted(),
    IsISO8601({ strict: true, strictSeparator: true }, { message: '$property must be an RFC 3339 time' }),
    Matches(/T.*(Z|[+-]\d\d:\d\d)$/, { message: '$property must be an RFC 3339 time with its zone, e.g. Z' }),
  );

@QueryParameters()
export class HistoryQuery {
  @Describe('usage: a point for each usage refresh. health: a point for each test.', 'usage')
  @IsIn(HISTORY_KINDS, { message: `kind must be one of ${HISTORY_KINDS.join(', ')}` })
  kind!: HistoryKind;

  @Describe('Beginning, RFC 3339; 30 days before the end when left out.', '2025-12-12T00:00:00Z')
  @IsTime()
  from?: string;

  @Describe('End, RFC 3339; now when left out.', '2026-01-11T00:00:00Z')
  @IsTime()
  to?: string;
}
