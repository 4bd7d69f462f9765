import { Injectable } from '@nestjs/common';
import type { HealthPoint, HealthStatus, StorageHistory, UsagePoint } from '@stowage/contracts';
import type { StorageConfigEntity } from '@stowage/entities';
import { Database } from '../database/database.js';
import type { RowAccess } from '../storage-configs/row-access.js';
import { StorageConfigsService } from '../storage-configs/storage-configs.service.js';
import type { HistoryQuery } from './history.query.js';
import { type Period, periodOf } from './period.js';

/** What a chart can show side by side. */
const MOST_POINTS = 500;

interface UsageRow {
  recorded_at: Date;
  measured_size_bytes: string;
  measured_object_count: string;
  total_size_bytes: string;
  object_count: number;
}

interface HealthRow {
  recorded_at: Date;
  health_status: HealthStatus;
  health_code: string | null;
  latency_ms: number | null;
}

/** What the worker recorded at each usage refresh and each test. */
@Injectable()
export class StorageHistoryService {
  constructor(
    private readonly database: Database,
    private readonly configs: StorageConfigsService,
  ) {}

  async get(id: string, { kind, ...asked }: HistoryQuery, access: RowAccess): Promise<StorageHistory> {
    const config = await this.configs.find(id, access);
    const period = periodOf(asked, new Date());
    return {
      kind,
      from: period.from.toISOString(),
      to: period.to.toISOString(),
      usage: kind === 'usage' ? await this.usageOf(config, period) : [],
      health: kind === 'health' ? await this.healthOf(config, period) : [],
    };
  }

  private async usageOf(config: StorageConfigEntity, period: Period): Promise<UsagePoint[]> {
    const rows = await this.thinnedOut<UsageRow>(config, 'usage', period, 'recorded_at DESC');
    return rows.map((row) => ({
      at: row.recorded_at.toISOString(),
      measured_size_bytes: Number(row.measured_size_bytes),
      measured_object_count: Number(row.measured_object_count),
      total_size_bytes: Number(row.total_size_bytes),
      object_count: row.object_count,
    }));
  }

  /** A failure must not vanish because a success stood beside it. */
  private async healthOf(config: StorageConfigEntity, period: Period): Promise<HealthPoint[]> {
    const worstFirst = `array_position(ARRAY['failing', 'degraded', 'unverified', 'healthy'], health_status), recorded_at DESC`;
    const rows = await this.thinnedOut<HealthRow>(config, 'health', period, worstFirst);
    return rows.map((row) => ({
      at: row.recorded_at.toISOString(),
      status: row.health_status,
      code: row.health_code,
      latency_ms: row.latency_ms,
    }));
  }

  /** All points; of more than can be shown, one for each of as many equal parts of the time. */
  private thinnedOut<T>(
    { id, organizationId }: StorageConfigEntity,
    kind: HistoryQuery['kind'],
    { from, to }: Period,
    choice: string,
  ): Promise<T[]> {
    return this.database.read([organizationId], (manager) =>
      manager.query<T[]>(
        `SELECT * FROM (
           SELECT DISTINCT ON (part) *
             FROM (SELECT *, CASE
                            WHEN count(*) OVER () <= ${MOST_POINTS} THEN row_number() OVER (ORDER BY recorded_at)
                            ELSE width_bucket(extract(epoch FROM recorded_at), extract(epoch FROM $3::timestamptz),
                                              extract(epoch FROM $4::timestamptz), ${MOST_POINTS})
                          END AS part
                     FROM storage_history
                    WHERE storage_config_id = $1 AND kind = $2 AND recorded_at >= $3 AND recorded_at < $4) points
            ORDER BY part, ${choice}) chosen
          ORDER BY recorded_at`,
        [id, kind, from, to],
      ),
    );
  }
}
