import { Injectable } from '@nestjs/common';
import { OPERATION_KINDS, type OperationKind, type OperationStatus } from '@stowage/contracts';
import type { StorageOperationEntity } from '@stowage/entities';
import { databaseGauge } from '@stowage/telemetry';
import { Counter, Gauge, Histogram } from 'prom-client';
import { DataSource } from 'typeorm';
import { Metrics } from '../metrics/metrics.js';
import type { Lane } from './lane.js';
import { MAX_ATTEMPTS } from './retry-delay.js';

const SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800];
const ATTEMPTS = Array.from({ length: MAX_ATTEMPTS }, (_, index) => index + 1);

/** By kind, of which there are four; never by organization, of which there are many. */
@Injectable()
export class OperationMetrics {
  private readonly runs: Counter;
  private readonly startDelay: Histogram;
  private readonly duration: Histogram;
  private readonly attempts: Histogram;

  constructor(
    private readonly metrics: Metrics,
    dataSource: DataSource,
  ) {
    const { registry } = metrics;
    const options = { labelNames: ['type'], registers: [registry] };
    this.runs = new Counter({
      name: 'storage_commands_total',
      help: 'Runs of operations that ended and operations that expired, by kind and outcome; queued = tried again later',
      labelNames: ['type', 'outcome'],
      registers: [registry],
    });
    this.startDelay = new Histogram({
      name: 'storage_command_start_delay_seconds',
      help: 'From the time when an operation could begin to its start, by kind',
      buckets: SECONDS,
      ...options,
    });
    this.duration = new Histogram({
      name: 'storage_command_duration_seconds',
      help: 'From the start of a run to its end, by kind',
      buckets: SECONDS,
      ...options,
    });
    this.attempts = new Histogram({
      name: 'storage_command_attempts',
      help: 'Runs that an operation took until it succeeded, failed or was cancelled, by kind',
      buckets: ATTEMPTS,
      ...options,
    });
    databaseGauge(registry, dataSource, {
      name: 'storage_command_queue_age_seconds',
      help: 'How long the operation that waits longest could have begun already, by kind; 0 when none waits',
      labelNames: ['type'],
      sql: QUEUE_AGE,
    });
    databaseGauge(registry, dataSource, {
      name: 'storage_lane_count',
      help: 'Organizations whose operations wait, each served in its turn, by lane',
      labelNames: ['lane'],
      sql: WAITING_TENANTS,
    });
  }

  watchLanes(lanes: Lane[]): void {
    const options = { labelNames: ['lane'], registers: [this.metrics.registry] };
    void new Gauge({
      name: 'storage_lane_running',
      help: 'Operations that this worker runs at the moment, by lane',
      ...options,
      collect() {
        for (const { name, running } of lanes) this.set({ lane: name }, running.size);
      },
    });
  }

  started({ kind, notBefore }: StorageOperationEntity): void {
    this.startDelay.observe({ type: kind }, Math.max(0, (Date.now() - notBefore.getTime()) / 1000));
  }

  ended({ kind, attempt }: StorageOperationEntity, outcome: OperationStatus, seconds?: number): void {
    this.runs.inc({ type: kind, outcome });
    if (seconds !== undefined) this.duration.observe({ type: kind }, seconds);
    if (outcome !== 'queued') this.attempts.observe({ type: kind }, attempt);
  }

  expired(kind: OperationKind): void {
    this.runs.inc({ type: kind, outcome: 'expired' });
  }
}

const kinds = OPERATION_KINDS.map((kind) => `('${kind}')`).join(', ');
const QUEUE_AGE = `
  SELECT kinds.kind AS type, coalesce(max(extract(epoch FROM now() - waiting.not_before)), 0)::float8 AS value
    FROM (VALUES ${kinds}) AS kinds (kind)
    LEFT JOIN storage_operations waiting
      ON waiting.kind = kinds.kind AND waiting.status = 'queued' AND waiting.not_before <= now()
   GROUP BY kinds.kind`;

/** From tenant to tenant by the index of what waits: what it costs grows with the tenants, not with the queue. */
const WAITING_TENANTS = `
  WITH RECURSIVE waiting AS (
    SELECT lane, (SELECT min(tenant_id::text)::uuid FROM storage_operations
                   WHERE status = 'queued' AND lane = lanes.lane) AS tenant_id
      FROM unnest(ARRAY['probe', 'long']) AS lanes (lane)
    UNION ALL
    SELECT lane, (SELECT tenant_id FROM storage_operations following
                   WHERE status = 'queued' AND following.lane = waiting.lane AND tenant_id > waiting.tenant_id
                   ORDER BY tenant_id LIMIT 1)
      FROM waiting WHERE tenant_id IS NOT NULL)
  SELECT lane, count(tenant_id)::int AS value FROM waiting GROUP BY lane`;
