import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';

const EVERY_MS = 600_000;
const BATCH = 1000;

/** Outcomes are asked for within seconds; they are kept for a day and then deleted, a batch at a time. */
@Injectable()
export class OutcomeRetention implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(OutcomeRetention.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.deleteOld().catch((error: unknown) => this.logger.warn(`Old outcomes were not deleted: ${String(error)}`));
    }, EVERY_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Returns how many were deleted. */
  async deleteOld(): Promise<number> {
    let deleted = 0;
    for (;;) {
      const [, rows] = await this.dataSource.query<[unknown, number]>(
        `DELETE FROM request_outcomes WHERE request_id IN (
           SELECT request_id FROM request_outcomes WHERE created_at < now() - interval '1 day' LIMIT $1
           FOR UPDATE SKIP LOCKED)`,
        [BATCH],
      );
      deleted += rows;
      if (rows < BATCH) return deleted;
    }
  }
}
