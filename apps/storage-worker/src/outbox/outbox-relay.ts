import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { EXCHANGES, placeOf, schemaOf, traceHeaders } from '@stowage/contracts';
import type { OutboxEventEntity } from '@stowage/entities';
import { type Broker, PublishError } from '@stowage/messaging';
import { databaseGauge } from '@stowage/telemetry';
import { Counter } from 'prom-client';
import { DataSource, type EntityManager } from 'typeorm';
import { BROKER } from '../broker.module.js';
import { Metrics } from '../metrics/metrics.js';
import { Notifications } from '../notifications/notifications.js';

const POLL_MS = 1000;
const BATCH = 200;
// pg_advisory_xact_lock key: one relay at a time publishes, so that the events of a config keep their order.
const RELAY_LOCK = 7_301_001;

type Unsent = Pick<OutboxEventEntity, 'id' | 'event' | 'data'> & {
  traceparent: string | null;
  tracestate: string | null;
  message_id: string;
  organization_id: string | null;
  storage_config_id: string | null;
  correlation_id: string | null;
  created_at: Date;
};

/**
 * Publishes what the outbox holds. An event is marked as sent only after the broker has confirmed it: a crash in between
 * publishes it again with the same message id, never not at all.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(OutboxRelay.name);
  private poll: NodeJS.Timeout | undefined;
  private relaying: Promise<void> | undefined;
  private relayAgain = false;
  private stopped = false;
  private readonly published: Counter;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(BROKER) private readonly broker: Broker,
    notifications: Notifications,
    { registry }: Metrics,
  ) {
    this.published = new Counter({
      name: 'outbox_publish_total',
      help: 'Events given to the broker, by result: acked, or why not',
      labelNames: ['result'],
      registers: [registry],
    });
    databaseGauge(registry, dataSource, {
      name: 'outbox_pending',
      help: 'Events that are not published yet',
      sql: 'SELECT count(*) AS value FROM outbox WHERE sent_at IS NULL',
    });
    databaseGauge(registry, dataSource, {
      name: 'outbox_oldest_age_seconds',
      help: 'Age of the oldest event that is not published yet; 0 when there is none',
      sql: `SELECT extract(epoch FROM now() - min(created_at))::float8 AS value FROM outbox WHERE sent_at IS NULL`,
    });
    notifications.listen('stowage_outbox', () => this.wake());
  }

  onApplicationBootstrap(): void {
    this.poll = setInterval(() => this.wake(), POLL_MS);
    this.wake();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.poll);
    await this.relaying;
  }

  /** Publishes everything that is unsent, batch by batch, unless another relay is at it. */
  async relay(): Promise<void> {
    let sent = BATCH;
    while (sent === BATCH && !this.stopped) {
      sent = await this.dataSource.transaction((manager) => this.relayBatch(manager));
    }
  }

  private wake(): void {
    if (this.stopped || this.broker.status.state !== 'up') return;
    if (this.relaying !== undefined) {
      this.relayAgain = true;
      return;
    }
    this.relayAgain = false;
    this.relaying = this.relay()
      .catch((error: unknown) => this.logger.warn(`Events wait to be published: ${placeOf(error)}`))
      .finally(() => {
        this.relaying = undefined;
        if (this.relayAgain) this.wake();
      });
  }

  private async relayBatch(manager: EntityManager): Promise<number> {
    const [lock]: [{ acquired: boolean }] = await manager.query('SELECT pg_try_advisory_xact_lock($1) AS acquired', [
      RELAY_LOCK,
    ]);
    if (!lock.acquired) return 0;
    const events: Unsent[] = await manager.query(
      `SELECT id, message_id, event, organization_id, storage_config_id, correlation_id, traceparent, tracestate, data, created_at
         FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT $1`,
      [BATCH],
    );
    // All at once, in order: one channel keeps it, and waiting for each confirm would cost a round trip apiece.
    const outcomes = await Promise.allSettled(events.map((event) => this.publish(event)));
    for (const outcome of outcomes) this.published.inc({ result: resultOf(outcome) });
    const confirmed = events.filter((_event, position) => outcomes[position]?.status === 'fulfilled');
    const refused = events.filter((event) => !confirmed.includes(event));
    const sent = confirmed.filter((event) => !refused.some((earlier) => mustPrecede(earlier, event)));
    await manager.query('UPDATE outbox SET sent_at = now() WHERE id = ANY($1::bigint[])', [sent.map(({ id }) => id)]);
    if (refused.length > 0) this.logger.warn(`${refused.length} events were not confirmed and wait to be published`);
    return sent.length;
  }

  private publish(event: Unsent): Promise<void> {
    const subject = event.organization_id === null ? {} : { 'organization-id': event.organization_id };
    return this.broker.publish(
      {
        exchange: EXCHANGES.events,
        routing_key: event.event,
        data: event.data,
        message_id: event.message_id,
        correlation_id: event.correlation_id,
        timestamp: Math.floor(event.created_at.getTime() / 1000),
        headers: {
          schema: schemaOf(event.event),
          'decided-at': event.created_at.getTime(),
          ...subject,
          ...traceHeaders(event),
        },
      },
      // Nobody need be listening.
      { mandatory: false },
    );
  }
}

function resultOf(outcome: PromiseSettledResult<void>): string {
  if (outcome.status === 'fulfilled') return 'acked';
  return outcome.reason instanceof PublishError ? outcome.reason.reason : 'error';
}

/** An event that followed one that was not confirmed is published again behind it: twice is harmless, swapped is not. */
function mustPrecede(earlier: Unsent, later: Unsent): boolean {
  return earlier.storage_config_id === later.storage_config_id && BigInt(earlier.id) < BigInt(later.id);
}
