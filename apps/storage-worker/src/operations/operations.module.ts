import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { OperationHandlers } from './operation-handler.js';
import { OperationMetrics } from './operation-metrics.js';
import { OperationQueue } from './operation-queue.js';
import { OperationReplies } from './operation-replies.js';
import { OperationRunner } from './operation-runner.js';
import { OperationsService } from './operations.service.js';

@Module({
  imports: [MetricsModule, NotificationsModule],
  providers: [
    OperationHandlers,
    OperationMetrics,
    OperationQueue,
    OperationReplies,
    OperationRunner,
    OperationsService,
  ],
  exports: [OperationHandlers, OperationReplies, OperationsService],
})
export class OperationsModule {}
