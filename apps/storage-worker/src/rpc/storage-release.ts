import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type SignedReply, type StorageLocation, StowageError } from '@stowage/contracts';
import type { StorageConfigEntity } from '@stowage/entities';
import type { MessageContext } from '@stowage/messaging/nest';
import { ReleaseAudit } from '../audit/release-audit.js';
import { OperationsService } from '../operations/operations.service.js';
import type { RegisteredService } from '../service-registry/service-registry.js';
import { StorageAccess } from '../storage-configs/storage-access.js';
import { ReleaseMetrics } from './release-metrics.js';
import { ServiceReplies } from './service-replies.js';

/** Gives a storage to a service. */
@Injectable()
export class StorageRelease {
  constructor(
    private readonly access: StorageAccess,
    private readonly operations: OperationsService,
    private readonly replies: ServiceReplies,
    private readonly audit: ReleaseAudit,
    private readonly metrics: ReleaseMetrics,
  ) {}

  /**
   * @param organizationId for whom; the platform's storage is given to many
   * @param location complete: on the platform's storage the organization has a folder of its own
   * @throws StowageError `storage.host_key.unpinned`, `credentials.unavailable`
   */
  async to(
    recipient: RegisteredService,
    config: StorageConfigEntity,
    organizationId: string,
    location: StorageLocation,
    context: MessageContext,
  ): Promise<SignedReply> {
    if (config.provider === 'sftp' && config.hostKeySha256 === null) await this.refuseUnpinned(config, recipient);
    const reply = await this.replies.release(context, recipient, config, location, () =>
      this.access.credentialsOf(config),
    );
    this.audit.note({ actor: `service:${recipient.name}`, organizationId, storageConfigId: config.id });
    this.metrics.released(recipient.name);
    return reply;
  }

  /** A service must not meet a host key for the first time with a password in hand; a test may. */
  private async refuseUnpinned(config: StorageConfigEntity, { amqpUser }: RegisteredService): Promise<never> {
    await this.operations.enqueue({
      kind: 'storage.test',
      organizationId: config.organizationId,
      storageConfigId: config.id,
      callerId: amqpUser,
      messageId: randomUUID(),
    });
    const detail = `The host key of ${config.name} is not confirmed yet. A test was started; try again in a moment.`;
    throw new StowageError('storage.host_key.unpinned', detail);
  }
}
