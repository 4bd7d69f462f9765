import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { NotificationsModule } from '../notifications/notifications.module.js';
import { OutboxRelay } from './outbox-relay.js';

@Module({ imports: [MetricsModule, NotificationsModule], providers: [OutboxRelay] })
export class OutboxRelayModule {}
