import type { DataSource } from 'typeorm';
import { DatabaseAway } from './database-away.js';

describe('the failure of a handler', () => {
  const failure = new Error('Connection terminated unexpectedly');
  const up = { query: async () => [] };
  const away = { query: () => Promise.reject(new Error('ECONNREFUSED')) };
  const explained = (database: object, error: Error) => new DatabaseAway(database as DataSource).explain(error);

  it('means unavailability while the database does not answer', async () => {
    await expect(explained(away, failure)).resolves.toMatchObject({ code: 'request.unavailable', cause: failure });
  });

  it('is left as it is while the database answers', async () => {
    await expect(explained(up, failure)).resolves.toBe(failure);
  });
});
