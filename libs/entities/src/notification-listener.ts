import { Client } from 'pg';

const CONNECT_TIMEOUT_MS = 2000;
const RECONNECT_MS = 1000;

export interface NotificationListenerOptions {
  url: string;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** Names in our own code only: they become part of a statement. */
  channels: readonly string[];
  onNotification: (channel: string, payload: string) => void;
  /** After each connect: what was notified before it, nobody has heard. */
  onConnected: () => void;
  onLost: (error: Error) => void;
}

/**
 * LISTENs on a connection of its own (a pooled one would be lent to others), and connects again when it is lost.
 * Notifications save waiting, no more: one that is lost must be made up for by polling.
 */
export class NotificationListener {
  private client: Client | undefined;
  private reconnecting: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly options: NotificationListenerOptions) {}

  /** Resolves after the first attempt, whatever came of it. */
  async start(): Promise<void> {
    const { url, applicationName, channels, onNotification, onConnected, onLost } = this.options;
    const client = new Client({
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on('notification', ({ channel, payload }) => onNotification(channel, payload ?? ''));
    client.on('error', onLost);
    client.on('end', () => this.reconnectLater());
    this.client = client;
    try {
      await client.connect();
      for (const channel of channels) await client.query(`LISTEN ${channel}`);
      onConnected();
    } catch {
      await client.end().catch(() => undefined);
      this.reconnectLater();
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.reconnecting);
    await this.client?.end();
  }

  private reconnectLater(): void {
    if (this.stopped) return;
    clearTimeout(this.reconnecting);
    this.reconnecting = setTimeout(() => void this.start(), RECONNECT_MS);
  }
}
