import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';

const HOUR_MS = 3_600_000;
const BATCH = 1000;

/** Forgets backups that came to nothing or were deleted, once no late event of theirs is to be expected any more. */
@Injectable()
export class Tombstones implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Tombstones.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.forgetOld().catch((error: unknown) => this.logger.warn(`Tombstones were not removed: ${String(error)}`));
    }, HOUR_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async forgetOld(): Promise<void> {
    for (let last = BATCH; last === BATCH;) {
      const [, count]: [unknown, number] = await this.dataSource.query(
        `DELETE FROM backups WHERE id IN (
           SELECT id FROM backups WHERE state <> 'completed' AND reported_at < now() - interval '30 days'
            ORDER BY reported_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
        [BATCH],
      );
      last = count;
    }
  }
}
