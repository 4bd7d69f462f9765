import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { catchError, from, type Observable, switchMap, throwError } from 'rxjs';
import { DataSource } from 'typeorm';

const RETRY_AFTER_S = 5;

/**
 * A failure that nobody foresaw while the database does not answer is the database's. Drivers and pools tell of it in
 * dozens of ways, some of them without a code, so it is asked itself.
 */
@Injectable()
export class DatabaseAwayInterceptor implements NestInterceptor {
  constructor(private readonly dataSource: DataSource) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next
      .handle()
      .pipe(
        catchError((error: unknown) =>
          error instanceof StowageError
            ? throwError(() => error)
            : from(this.isAway()).pipe(switchMap((isAway) => throwError(() => (isAway ? unavailable(error) : error)))),
        ),
      );
  }

  private async isAway(): Promise<boolean> {
    return this.dataSource.query('SELECT 1').then(
      () => false,
      () => true,
    );
  }
}

function unavailable(cause: unknown): StowageError {
  const detail = 'The storage service is temporarily unavailable. Nothing was changed; try again in a few seconds.';
  return new StowageError('request.unavailable', detail, { retryAfter: RETRY_AFTER_S, cause });
}
