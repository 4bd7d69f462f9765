import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';

const HOUR_MS = 3_600_000;
const BATCH = 1000;

/** Forgets operations that ended more than 7 days ago, a batch at a time so that no lock is held long. */
@Injectable()
export class OperationRetention implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(OperationRetention.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.forgetOld().catch((error: unknown) => this.logger.warn(`Old operations were not deleted: ${String(error)}`));
    }, HOUR_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @returns how many were deleted */
  async forgetOld(): Promise<number> {
    let deleted = 0;
    for (let last = BATCH; last === BATCH; deleted += last) {
      const [, count]: [unknown, number] = await this.dataSource.query(
        `DELETE FROM storage_operations WHERE id IN (
           SELECT id FROM storage_operations WHERE finished_at < now() - interval '7 days'
            ORDER BY finished_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
        [BATCH],
      );
      last = count;
    }
    return deleted;
  }
}
