import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import { DataSource } from 'typeorm';

const RECONNECT_MS = 1000;

/** Of the outbox: an event was recorded. Of operations: one was queued, or is to be cancelled. */
type NotificationChannel = 'stowage_outbox' | 'stowage_operations';

/**
 * Wake-up calls between workers by LISTEN/NOTIFY, on a connection of its own (a pooled one would be lent to others).
 * They save waiting, no more: one that is lost is made up for by the listeners' polling.
 */
@Injectable()
export class Notifications implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Notifications.name);
  private readonly listeners = new Map<NotificationChannel, (payload: string) => void>();
  private client: Client | undefined;
  private reconnecting: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly dataSource: DataSource) {}

  listen(channel: NotificationChannel, listener: (payload: string) => void): void {
    this.listeners.set(channel, listener);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.connect();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.reconnecting);
    await this.client?.end();
  }

  private async connect(): Promise<void> {
    const client = new Client({
      connectionString: urlOf(this.dataSource),
      application_name: 'storage-worker notifications',
      connectionTimeoutMillis: 2000,
      keepAlive: true,
    });
    client.on('notification', ({ channel, payload }) =>
      this.listeners.get(channel as NotificationChannel)?.(payload ?? ''),
    );
    client.on('error', (error) => this.logger.warn(`The connection for notifications was lost: ${error.message}`));
    client.on('end', () => this.reconnectLater());
    this.client = client;
    try {
      await client.connect();
      for (const channel of this.listeners.keys()) await client.query(`LISTEN ${channel}`);
      for (const listener of this.listeners.values()) listener('');
    } catch {
      await client.end().catch(() => undefined);
      this.reconnectLater();
    }
  }

  private reconnectLater(): void {
    if (this.stopped) return;
    clearTimeout(this.reconnecting);
    this.reconnecting = setTimeout(() => void this.connect(), RECONNECT_MS);
  }
}

function urlOf({ options }: DataSource): string {
  if (options.type !== 'postgres' || options.url === undefined) throw new Error('The worker needs a DATABASE_URL');
  return options.url;
}
