import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { placeOf } from '@stowage/contracts';
import { NotificationListener } from '@stowage/entities';
import { DataSource } from 'typeorm';

/**
 * Of the outbox: an event was recorded. Of operations: one was queued, or is to be cancelled. Of egress: the allowances
 * were changed.
 */
type NotificationChannel = 'stowage_outbox' | 'stowage_operations' | 'stowage_egress';

/** Wake-up calls between workers by LISTEN/NOTIFY. A listener hears one with an empty payload after each connect. */
@Injectable()
export class Notifications implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Notifications.name);
  private readonly listeners = new Map<string, (payload: string) => void>();
  private connection: NotificationListener | undefined;

  constructor(private readonly dataSource: DataSource) {}

  /** Before the application has started: what is listened to is settled then. */
  listen(channel: NotificationChannel, listener: (payload: string) => void): void {
    this.listeners.set(channel, listener);
  }

  async onApplicationBootstrap(): Promise<void> {
    this.connection = new NotificationListener({
      url: urlOf(this.dataSource),
      applicationName: 'storage-worker notifications',
      channels: [...this.listeners.keys()],
      onNotification: (channel, payload) => this.listeners.get(channel)?.(payload),
      onConnected: () => this.listeners.forEach((listener) => listener('')),
      onLost: (error) => this.logger.warn(`The connection for notifications was lost: ${placeOf(error)}`),
    });
    await this.connection.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connection?.stop();
  }
}

function urlOf({ options }: DataSource): string {
  if (options.type !== 'postgres' || options.url === undefined) throw new Error('The worker needs a DATABASE_URL');
  return options.url;
}
