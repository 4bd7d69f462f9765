import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { placeOf } from '@stowage/contracts';
import { DataSource } from 'typeorm';

const EVERY_MS = 3_600_000;
const BATCH = 1000;

interface Rule {
  table: string;
  key: string;
  /** SQL condition of the rows that are to go. */
  old: string;
}

const RULES: Rule[] = [
  { table: 'storage_operations', key: 'id', old: `finished_at < now() - interval '7 days'` },
  // As long as a stream of events may be resumed at the last one seen.
  { table: 'outbox', key: 'id', old: `sent_at < now() - interval '24 hours'` },
  // Outcomes are asked for within seconds, by a gateway that waited in vain.
  { table: 'request_outcomes', key: 'request_id', old: `created_at < now() - interval '1 day'` },
  // No late event of a backup that came to nothing or was deleted is to be expected any more.
  { table: 'backups', key: 'id', old: `state <> 'completed' AND reported_at < now() - interval '30 days'` },
];

/** Forgets what nobody asks for any more, a batch at a time so that no lock is held long; any worker may. */
@Injectable()
export class Retention implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Retention.name);
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.forgetOld(), EVERY_MS);
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  /** A rule that fails does not keep the others from being followed; it is tried again with the next round. */
  async forgetOld(): Promise<void> {
    for (const rule of RULES) {
      await this.follow(rule).catch((error: unknown) =>
        this.logger.warn(`Old rows of ${rule.table} were not deleted: ${placeOf(error)}`),
      );
    }
  }

  private async follow({ table, key, old }: Rule): Promise<void> {
    for (let deleted = BATCH; deleted === BATCH && !this.stopped;) {
      [, deleted] = await this.dataSource.query<[unknown, number]>(
        `DELETE FROM ${table} WHERE ${key} IN
           (SELECT ${key} FROM ${table} WHERE ${old} LIMIT $1 FOR UPDATE SKIP LOCKED)`,
        [BATCH],
      );
    }
  }
}
