import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { createDataSource, narrowTo, type Tenant } from '@stowage/entities';
import type { Client } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { ENVIRONMENT } from '../environment.module.js';
import type { GatewayEnvironment } from '../environment.js';
import { isDefect } from './is-defect.js';

/** rest.md: lookups end within 2 s, a database that is away included. */
const READ_DEADLINE_MS = 1_900;
const RETRY_AFTER_S = 5;

/**
 * The gateway's eyes: it reads, the worker alone writes. Unlike TypeOrmModule it lets the process start, and stay up,
 * without a database; each read tries again.
 */
@Injectable()
export class Database implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Database.name);
  private readonly dataSource: DataSource;
  private connecting: Promise<DataSource> | undefined;

  constructor(@Inject(ENVIRONMENT) environment: GatewayEnvironment) {
    this.dataSource = createDataSource({
      url: environment.DATABASE_URL,
      as: 'gateway',
      applicationName: 'gateway',
      statementTimeoutMs: READ_DEADLINE_MS,
      connectTimeoutMs: READ_DEADLINE_MS,
    });
  }

  /**
   * Reads on behalf of these tenants: PostgreSQL shows rows of no other, also to a query that forgot its WHERE.
   * @throws StowageError `request.unavailable` when the database is away or too slow
   */
  read<T>(
    tenants: readonly Tenant[],
    query: (manager: EntityManager) => Promise<T>,
    deadlineMs = READ_DEADLINE_MS,
  ): Promise<T> {
    return this.transact(`BEGIN READ ONLY; ${narrowTo(tenants)}`, query, deadlineMs);
  }

  /**
   * Counts the rates of tests, which no tenant owns: the one thing that the database grants a gateway to write.
   * @throws StowageError as `read`; what was thrown on purpose passes
   */
  writeRates<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.transact('BEGIN', work, READ_DEADLINE_MS);
  }

  private async transact<T>(
    begin: string,
    work: (manager: EntityManager) => Promise<T>,
    deadlineMs: number,
  ): Promise<T> {
    const abandoned = new AbortController();
    try {
      return await withinDeadline(this.onOneConnection(begin, work, abandoned.signal), deadlineMs);
    } catch (error) {
      abandoned.abort();
      if (error instanceof StowageError || isDefect(error)) throw error;
      this.logger.warn(`A read failed: ${nameOf(error)}`);
      throw unavailable(error);
    }
  }

  /**
   * A connection whose answer nobody waits for any more is closed: one to a host that vanished without a word would
   * otherwise keep its place in the pool until TCP gives up, a quarter of an hour later.
   */
  private async onOneConnection<T>(
    begin: string,
    work: (manager: EntityManager) => Promise<T>,
    abandoned: AbortSignal,
  ): Promise<T> {
    const runner = (await this.connect()).createQueryRunner();
    let closeConnection = (): void => undefined;
    try {
      const client = (await runner.connect()) as Client;
      if (abandoned.aborted) throw new Error('Nobody waits any more');
      closeConnection = () => void client.end();
      abandoned.addEventListener('abort', closeConnection);
      return await withinTransaction(runner, begin, work);
    } finally {
      // From here on the connection may be another read's.
      abandoned.removeEventListener('abort', closeConnection);
      await runner.release();
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.read([], (manager) => manager.query('SELECT 1')).catch(() => {
      this.logger.warn('The database is away; answering 503 until it is back');
    });
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private connect(): Promise<DataSource> {
    if (this.dataSource.isInitialized) return Promise.resolve(this.dataSource);
    this.connecting ??= this.dataSource.initialize().finally(() => (this.connecting = undefined));
    return this.connecting;
  }
}

/** Not TypeORM's own: to begin and to say for whom are one round trip here. */
async function withinTransaction<T>(
  runner: QueryRunner,
  begin: string,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  await runner.query(begin);
  try {
    const result = await work(runner.manager);
    await runner.query('COMMIT');
    return result;
  } catch (error) {
    // On a connection that is gone there is nothing to take back.
    await runner.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function withinDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DOMException('The database did not answer', 'TimeoutError')), deadlineMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** The code where there is one; a message may quote the statement and its values. */
function nameOf(error: unknown): string {
  const { code, name } = error as { code?: string; name?: string };
  return code ?? (error instanceof AggregateError ? nameOf(error.errors[0]) : (name ?? 'unknown'));
}

function unavailable(cause: unknown): StowageError {
  return new StowageError(
    'request.unavailable',
    'The storage settings cannot be read at the moment. Try again in a few seconds.',
    {
      retryAfter: RETRY_AFTER_S,
      cause,
    },
  );
}
