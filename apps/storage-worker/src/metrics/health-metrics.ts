import { Injectable } from '@nestjs/common';
import { databaseGauge } from '@stowage/telemetry';
import { DataSource } from 'typeorm';
import { Metrics } from './metrics.js';

/** How the storages are, all organizations' together: every worker says the same. */
@Injectable()
export class HealthMetrics {
  constructor({ registry }: Metrics, dataSource: DataSource) {
    databaseGauge(registry, dataSource, {
      name: 'storage_configs',
      help: 'Storages by health',
      labelNames: ['health'],
      sql: 'SELECT health_status AS health, count(*) AS value FROM storage_configs GROUP BY health_status',
    });
    databaseGauge(registry, dataSource, {
      name: 'storage_configs_failed_last_hour',
      help: 'Storages that have been failing tests for less than an hour',
      sql: "SELECT count(*) AS value FROM storage_configs WHERE failing_since > now() - interval '1 hour'",
    });
  }
}
