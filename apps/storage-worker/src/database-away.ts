import { Injectable } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { DataSource } from 'typeorm';

const RETRY_AFTER_S = 5;

/**
 * A failure that nobody foresaw while the database does not answer is the database's. Drivers and pools tell of it in
 * dozens of ways, some of them without a code, so it is asked itself.
 */
@Injectable()
export class DatabaseAway {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns StowageError `request.unavailable`, or the error as it is */
  async explain(error: unknown): Promise<unknown> {
    return this.dataSource.query('SELECT 1').then(
      () => error,
      () => unavailable(error),
    );
  }
}

function unavailable(cause: unknown): StowageError {
  const detail = 'The storage service is temporarily unavailable. Nothing was changed; try again in a few seconds.';
  return new StowageError('request.unavailable', detail, { retryAfter: RETRY_AFTER_S, cause });
}
