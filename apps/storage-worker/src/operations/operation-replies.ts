import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Operation } from '@stowage/contracts';
import { StorageConfigEntity, StorageOperationEntity, toOperation } from '@stowage/entities';
import type { Broker } from '@stowage/messaging';
import { DataSource, IsNull, Not } from 'typeorm';
import { BROKER } from '../broker.module.js';
import { Keys } from '../keys/keys.js';
import { ServiceRegistry } from '../service-registry/service-registry.js';
import type { NewOperation } from './new-operation.js';

const LIFETIME_S = 60;

/** Tells those who gave a `reply_to` what came of their command, once it has ended. */
@Injectable()
export class OperationReplies {
  private readonly logger = new Logger(OperationReplies.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly keys: Keys,
    private readonly services: ServiceRegistry,
    @Inject(BROKER) private readonly broker: Broker,
  ) {}

  /** Replies without being waited for: whoever misses a reply sends the command again and gets the stored outcome. */
  sendLater(id: string): void {
    this.send(id).catch((error: unknown) => this.logger.warn(`Operation ${id} was not replied: ${String(error)}`));
  }

  /** A command that came again, perhaps from a new connection of its sender: the outcome goes where that one listens. */
  async readdress(id: string, { replyTo, correlationId }: NewOperation): Promise<void> {
    if (!replyTo) return;
    await this.dataSource
      .getRepository(StorageOperationEntity)
      .update({ id }, { replyTo, correlationId: correlationId ?? null });
    this.sendLater(id);
  }

  /** To the operation's own asker and to those whose commands it stands for. */
  private async send(id: string): Promise<void> {
    const operations = this.dataSource.getRepository(StorageOperationEntity);
    const operation = await this.standIn(await operations.findOneByOrFail({ id }));
    if (operation.finishedAt === null) return;
    const asked = await operations.find({
      where: [
        { id, replyTo: Not(IsNull()) },
        { supersededBy: id, replyTo: Not(IsNull()) },
      ],
    });
    for (const asker of asked) await this.reply(asker, operation);
  }

  /** What was done in place of a superseded operation. */
  private async standIn(operation: StorageOperationEntity): Promise<StorageOperationEntity> {
    if (operation.supersededBy === null) return operation;
    return this.dataSource.getRepository(StorageOperationEntity).findOneByOrFail({ id: operation.supersededBy });
  }

  private async reply(asker: StorageOperationEntity, operation: StorageOperationEntity): Promise<void> {
    const { replyTo, correlationId, callerId } = asker;
    const service = this.services.ofUser(callerId);
    if (replyTo === null || correlationId === null || !this.services.mayReplyTo(replyTo, callerId)) return;
    const config =
      operation.storageConfigId === null
        ? null
        : await this.dataSource.getRepository(StorageConfigEntity).findOneBy({ id: operation.storageConfigId });
    const signed = this.keys.sign({
      ...claims(service?.name ?? null, correlationId),
      ...answer(toOperation(operation), config?.version ?? null),
    });
    await this.broker.publish(
      { exchange: '', routing_key: replyTo, correlation_id: correlationId, data: { signed } },
      // The asker may have gone.
      { mandatory: false },
    );
  }
}

function claims(aud: string | null, cid: string): Record<string, unknown> {
  const iat = Math.floor(Date.now() / 1000);
  return { iss: 'storage-worker', aud, cid, nonce: null, iat, exp: iat + LIFETIME_S };
}

/** As a reply about a storage, with `operation` in place of `storage` and `credentials`. */
function answer(operation: Operation, version: number | null): Record<string, unknown> {
  const ok = operation.status === 'succeeded';
  return {
    ok,
    organization_id: operation.organization_id,
    version: ok ? version : null,
    operation,
    credential_kind: null,
    expires_at: null,
    error: operation.error,
  };
}
