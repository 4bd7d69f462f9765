import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { StowageError } from '@stowage/contracts';
import { createDataSource } from '@stowage/entities';
import type { Client } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
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
      applicationName: 'gateway',
      statementTimeoutMs: READ_DEADLINE_MS,
      connectTimeoutMs: READ_DEADLINE_MS,
    });
  }

  /** @throws StowageError `request.unavailable` when the database is away or too slow */
  async read<T>(query: (manager: EntityManager) => Promise<T>): Promise<T> {
    const abandoned = new AbortController();
    try {
      return await withinDeadline(this.onOneConnection(query, abandoned.signal));
    } catch (error) {
      abandoned.abort();
      if (error instanceof StowageError || isDefect(error)) throw error;
      this.logger.warn(`A read failed: ${nameOf(error)}`);
      throw unavailable(error);
    }
  }

  /**
   * One transaction within the same deadline. The database grants a gateway the rates of tests and nothing else.
   * @throws StowageError as `read`; what was thrown on purpose passes
   */
  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.read((manager) => manager.transaction(work));
  }

  /**
   * A connection whose answer nobody waits for any more is closed: one to a host that vanished without a word would
   * otherwise keep its place in the pool until TCP gives up, a quarter of an hour later.
   */
  private async onOneConnection<T>(query: (manager: EntityManager) => Promise<T>, abandoned: AbortSignal): Promise<T> {
    const runner = (await this.connect()).createQueryRunner();
    let closeConnection = (): void => undefined;
    try {
      const client = (await runner.connect()) as Client;
      if (abandoned.aborted) throw new Error('Nobody waits any more');
      closeConnection = () => void client.end();
      abandoned.addEventListener('abort', closeConnection);
      return await query(runner.manager);
    } finally {
      // From here on the connection may be another read's.
      abandoned.removeEventListener('abort', closeConnection);
      await runner.release();
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.read((manager) => manager.query('SELECT 1')).catch(() => {
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

async function withinDeadline<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DOMException('The database did not answer', 'TimeoutError')), READ_DEADLINE_MS);
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
