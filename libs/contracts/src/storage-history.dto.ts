import { IsIn, IsInt, IsISO8601, IsString } from 'class-validator';
import { Describe, HoldsList } from './describe.js';
import { OrNull } from './validators.js';
import { HEALTH_STATUSES, type HealthStatus, HISTORY_KINDS, type HistoryKind } from './vocabulary.js';

/** What a usage refresh counted, and what the ledger said at that moment. */
export class UsagePoint {
  @Describe('RFC 3339, UTC.', '2026-01-11T10:35:00.000Z')
  @IsISO8601()
  at!: string;

  @Describe('Bytes on the storage itself.', 5_368_709_120)
  @IsInt()
  measured_size_bytes!: number;

  @Describe('Objects on the storage itself.', 126)
  @IsInt()
  measured_object_count!: number;

  @Describe('Bytes of the backups recorded on it.', 5_368_709_120)
  @IsInt()
  total_size_bytes!: number;

  @Describe('Backups recorded on it.', 42)
  @IsInt()
  object_count!: number;
}

/** What a test found. */
export class HealthPoint {
  @Describe('RFC 3339, UTC.', '2026-01-11T10:31:00.000Z')
  @IsISO8601()
  at!: string;

  @Describe('The health after the test.', 'healthy')
  @IsIn(HEALTH_STATUSES)
  status!: HealthStatus;

  @Describe('The diagnosis; null when all was well.', null)
  @OrNull()
  @IsString()
  code!: string | null;

  @Describe('Whole milliseconds of one small request; null unless the test succeeded.', 145)
  @OrNull()
  @IsInt()
  latency_ms!: number | null;
}

/** Points for a chart, the oldest first. */
export class StorageHistory {
  @Describe('Which of the two lists is filled.', 'usage')
  @IsIn(HISTORY_KINDS)
  kind!: HistoryKind;

  @Describe('Beginning of the time looked at. RFC 3339, UTC.', '2025-12-12T00:00:00.000Z')
  @IsISO8601()
  from!: string;

  @Describe('End of the time looked at. RFC 3339, UTC.', '2026-01-11T00:00:00.000Z')
  @IsISO8601()
  to!: string;

  @Describe('At most 500: of many in a row, the latest.')
  @HoldsList(() => UsagePoint)
  usage!: UsagePoint[];

  @Describe('At most 500: of many in a row, the worst.')
  @HoldsList(() => HealthPoint)
  health!: HealthPoint[];
}
