import { StowageError } from '@stowage/contracts';
import { lastValueFrom, of, throwError } from 'rxjs';
import type { DataSource } from 'typeorm';
import { DatabaseAwayInterceptor } from './database-away.interceptor.js';

describe('DatabaseAwayInterceptor', () => {
  const failure = new Error('Connection terminated unexpectedly');
  const refusal = new StowageError('request.not_found', 'Not found.');
  const up = { query: async () => [] };
  const away = { query: () => Promise.reject(new Error('ECONNREFUSED')) };

  it('tells an unforeseen failure as unavailability while the database does not answer', async () => {
    await expect(handled(away, failure)).rejects.toMatchObject({ code: 'request.unavailable', cause: failure });
  });

  it('leaves a failure as it is while the database answers', async () => {
    await expect(handled(up, failure)).rejects.toBe(failure);
  });

  it('leaves what was refused on purpose as it is', async () => {
    await expect(handled(away, refusal)).rejects.toBe(refusal);
  });

  it('asks the database nothing while all is well', async () => {
    const interceptor = new DatabaseAwayInterceptor(away as unknown as DataSource);
    await expect(lastValueFrom(interceptor.intercept(NO_CONTEXT, { handle: () => of('done') }))).resolves.toBe('done');
  });

  function handled(database: object, error: Error): Promise<unknown> {
    const interceptor = new DatabaseAwayInterceptor(database as DataSource);
    return lastValueFrom(interceptor.intercept(NO_CONTEXT, { handle: () => throwError(() => error) }));
  }
});

const NO_CONTEXT = {} as Parameters<DatabaseAwayInterceptor['intercept']>[0];
