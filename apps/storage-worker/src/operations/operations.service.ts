import { Injectable } from '@nestjs/common';
import { StorageOperationEntity } from '@stowage/entities';
import { DataSource } from 'typeorm';
import { Batcher } from './batcher.js';
import { ingest, type Ingested } from './ingest.js';
import type { NewOperation } from './new-operation.js';
import { OperationQueue } from './operation-queue.js';
import { OperationReplies } from './operation-replies.js';
import { CANCEL, OperationRunner, QUEUED } from './operation-runner.js';

const BATCH = { size: 200, windowMs: 5 };

/** The door of the queue: what is asked for here is done later, exactly once, whichever worker does it. */
@Injectable()
export class OperationsService {
  private readonly batcher = new Batcher((operations: NewOperation[]) => this.take(operations), BATCH);

  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: OperationQueue,
    private readonly runner: OperationRunner,
    private readonly replies: OperationReplies,
  ) {}

  /**
   * Resolves when the operation is committed. The same (callerId, messageId) twice is one operation; a duplicate's
   * `replyTo` takes the place of the first one's, and is answered at once when the operation has ended.
   */
  async enqueue(operation: NewOperation): Promise<Ingested> {
    const ingested = await this.batcher.add(operation);
    if (ingested.status === 'duplicate') await this.replies.readdress(ingested.id, operation);
    return ingested;
  }

  /** An operation as it is now. @throws EntityNotFoundError */
  async get(id: string): Promise<StorageOperationEntity> {
    return this.dataSource.getRepository(StorageOperationEntity).findOneByOrFail({ id });
  }

  /**
   * Cancels what waits at once; what runs is asked to stop and ends soon, unless it is done before.
   * @param organizationId whose operation it must be; null = the platform's
   * @throws StowageError `operation.not_cancellable` when it has ended, `request.not_found`
   */
  async cancel(id: string, organizationId: string | null): Promise<StorageOperationEntity> {
    const operation = await this.queue.cancel(id, organizationId);
    if (operation.status === 'cancelled') this.replies.sendLater(id);
    else await this.notify(CANCEL);
    return operation;
  }

  private async take(operations: NewOperation[]): Promise<Ingested[]> {
    const ingested = await ingest(this.dataSource, operations);
    // Not waited for: who asked is held up by the commit alone, and a lost call is made up for by polling.
    this.runner.wake();
    void this.notify(QUEUED).catch(() => undefined);
    return ingested;
  }

  private async notify(what: string): Promise<void> {
    await this.dataSource.query('SELECT pg_notify($1, $2)', ['stowage_operations', what]);
  }
}
