import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Envelope, type ErrorBody, type Operation, placeOf } from '@stowage/contracts';
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
  private readonly sending = new Set<Promise<void>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly keys: Keys,
    private readonly services: ServiceRegistry,
    @Inject(BROKER) private readonly broker: Broker,
  ) {}

  /** Replies without being waited for: whoever misses a reply sends the command again and gets the stored outcome. */
  sendLater(id: string): void {
    const sending = this.send(id)
      .catch((error: unknown) => this.logger.warn(`Operation ${id} was not replied: ${placeOf(error)}`))
      .finally(() => this.sending.delete(sending));
    this.sending.add(sending);
  }

  /** Resolves when what was to be sent later is sent. */
  async allSent(): Promise<void> {
    await Promise.all(this.sending);
  }

  /** A command that came again, perhaps from a new connection of its sender: the outcome goes where that one listens. */
  async readdress(id: string, { replyTo, correlationId }: NewOperation): Promise<void> {
    if (!replyTo) return;
    const operations = this.dataSource.getRepository(StorageOperationEntity);
    await operations.update({ id }, { replyTo, correlationId: correlationId ?? null });
    const operation = await operations.findOneByOrFail({ id });
    const outcome = await this.standIn(operation);
    if (outcome.finishedAt !== null) await this.reply(operation, outcome);
  }

  /** A command that never became an operation. */
  async refuse(
    { reply_to, correlation_id, user_id }: Pick<Envelope, 'reply_to' | 'correlation_id' | 'user_id'>,
    organizationId: string | null,
    error: ErrorBody,
  ): Promise<void> {
    const asker = { replyTo: reply_to, correlationId: correlation_id, callerId: user_id };
    const answer = { ok: false, organization_id: organizationId, version: null, operation: null, error };
    await this.publish(asker, answer).catch((problem: unknown) =>
      this.logger.warn(`A refused command was not replied: ${placeOf(problem)}`),
    );
  }

  /** To the operation's own asker and to those whose commands it stands for. */
  private async send(id: string): Promise<void> {
    const operations = this.dataSource.getRepository(StorageOperationEntity);
    const operation = await operations.findOneByOrFail({ id });
    // What joined another or is tried again has no outcome yet.
    if (operation.finishedAt === null || operation.supersededBy !== null) return;
    const asked = { replyTo: Not(IsNull()) };
    const askers = await operations.find({
      where: [
        { id, ...asked },
        { supersededBy: id, ...asked },
      ],
    });
    for (const asker of askers) await this.reply(asker, operation);
  }

  /** What was done in place of a superseded operation. */
  private async standIn(operation: StorageOperationEntity): Promise<StorageOperationEntity> {
    if (operation.supersededBy === null) return operation;
    return this.dataSource.getRepository(StorageOperationEntity).findOneByOrFail({ id: operation.supersededBy });
  }

  private async reply(asker: StorageOperationEntity, operation: StorageOperationEntity): Promise<void> {
    const ok = operation.status === 'succeeded';
    await this.publish(asker, {
      ok,
      organization_id: operation.organizationId,
      version: ok ? await this.versionOf(operation.storageConfigId) : null,
      operation: toOperation(operation),
      error: operation.error,
    });
  }

  private async versionOf(id: string | null): Promise<number | null> {
    const configs = this.dataSource.getRepository(StorageConfigEntity);
    return id === null ? null : ((await configs.findOneBy({ id }))?.version ?? null);
  }

  private async publish({ replyTo, correlationId, callerId }: Asker, answer: Answer): Promise<void> {
    if (replyTo === null || correlationId === null || !this.services.mayReplyTo(replyTo, callerId)) return;
    const aud = this.services.ofUser(callerId)?.name ?? null;
    const signed = this.keys.sign({
      ...claims(aud, correlationId),
      ...answer,
      credential_kind: null,
      expires_at: null,
    });
    await this.broker.publish(
      { exchange: '', routing_key: replyTo, correlation_id: correlationId, data: { signed } },
      // The asker may have gone.
      { mandatory: false },
    );
  }
}

interface Asker {
  replyTo: string | null;
  correlationId: string | null;
  /** The broker's user. */
  callerId: string | null;
}

/** As of a reply about a storage, with `operation` in place of `storage` and `credentials`. */
interface Answer {
  ok: boolean;
  organization_id: string | null;
  version: number | null;
  operation: Operation | null;
  error: ErrorBody | null;
}

function claims(aud: string | null, cid: string): Record<string, unknown> {
  const iat = Math.floor(Date.now() / 1000);
  return { iss: 'storage-worker', aud, cid, nonce: null, iat, exp: iat + LIFETIME_S };
}
