import { Module } from '@nestjs/common';
import { HealthMetrics } from './health-metrics.js';
import { MessageMetrics } from './message-metrics.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';

@Module({
  controllers: [MetricsController],
  providers: [Metrics, MessageMetrics, HealthMetrics],
  exports: [Metrics],
})
export class MetricsModule {}
