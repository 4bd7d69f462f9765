import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import type { KeyProvider } from '@stowage/encryption';
import { DataSource } from 'typeorm';
import { checkKeys, KeyCheckError } from './check-keys.js';
import { WatchedKeys } from './watched-keys.js';

/** How soon a worker has a new key. */
const INTERVAL_MS = 2000;
const FORGOTTEN_AFTER = '1 day';

/** Checks the keys at boot and whenever their file changes, and tells the others which keys this worker holds. */
@Injectable()
export class KeyWatch implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(KeyWatch.name);
  private readonly id = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private beat: Promise<void> = Promise.resolve();

  constructor(
    private readonly keys: WatchedKeys,
    private readonly dataSource: DataSource,
  ) {}

  /** Nothing is consumed before this is over. @throws Error that ends the start */
  async onModuleInit(): Promise<void> {
    try {
      await checkKeys(this.keys, this.dataSource);
    } catch (error) {
      if (!(error instanceof KeyCheckError)) throw error;
      throw new KeyCheckError(`ENCRYPTION_KEYRING_FILE: ${error.message}`);
    }
    this.keys.acceptOnly((candidate) => this.accept(candidate));
    await this.tell();
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.beat = this.beat.then(() => this.lookAndTell());
    }, INTERVAL_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.beat;
    await this.dataSource.query('DELETE FROM key_holders WHERE id = $1', [this.id]).catch(() => undefined);
  }

  private async accept(candidate: KeyProvider): Promise<void> {
    await checkKeys(candidate, this.dataSource);
  }

  private async lookAndTell(): Promise<void> {
    await this.keys.look();
    await this.tell().catch(() => this.logger.warn('The database does not hear which keys this worker holds'));
  }

  private async tell(): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO key_holders (id, host, active, kids) VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET active = excluded.active, kids = excluded.kids, seen_at = now()`,
      [this.id, `${hostname()}:${process.pid}`, this.keys.activeKid(), this.keys.kids()],
    );
    await this.dataSource.query(`DELETE FROM key_holders WHERE seen_at < now() - interval '${FORGOTTEN_AFTER}'`);
  }
}
