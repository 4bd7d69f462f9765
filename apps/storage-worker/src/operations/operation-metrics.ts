import { Injectable } from '@nestjs/common';
import type { OperationStatus } from '@stowage/contracts';
import type { StorageOperationEntity } from '@stowage/entities';
import { Counter, Histogram } from 'prom-client';
import { DataSource } from 'typeorm';
import { ageGauge } from '../metrics/age-gauge.js';
import { Metrics } from '../metrics/metrics.js';

const SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800];

/** By kind, of which there are four; never by organization, of which there are many. */
@Injectable()
export class OperationMetrics {
  private readonly runs: Counter;
  private readonly startDelay: Histogram;

  constructor({ registry }: Metrics, dataSource: DataSource) {
    this.runs = new Counter({
      name: 'stowage_operation_runs_total',
      help: 'Runs of operations that ended, by kind and what they came to; queued = it will be tried again',
      labelNames: ['kind', 'status'],
      registers: [registry],
    });
    this.startDelay = new Histogram({
      name: 'stowage_operation_start_delay_seconds',
      help: 'From the time when an operation could begin to its start, by kind',
      labelNames: ['kind'],
      buckets: SECONDS,
      registers: [registry],
    });
    ageGauge(registry, dataSource, {
      name: 'stowage_operations_oldest_due_seconds',
      help: 'How long the operation that waits longest could have begun already',
      sql: `SELECT extract(epoch FROM now() - min(not_before))::float8 AS seconds
              FROM storage_operations WHERE status = 'queued' AND not_before <= now()`,
    });
  }

  started({ kind, notBefore }: StorageOperationEntity): void {
    this.startDelay.observe({ kind }, Math.max(0, (Date.now() - notBefore.getTime()) / 1000));
  }

  ended({ kind }: StorageOperationEntity, status: OperationStatus): void {
    this.runs.inc({ kind, status });
  }
}
