import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { GetStorageConfig, type SignedReply } from '@stowage/contracts';
import { MessageContext, OnServiceRequest } from '@stowage/messaging/nest';
import { MESSAGE } from '../validation/message-pipe.js';
import { StorageAccess } from '../storage-configs/storage-access.js';
import { ReleasableStorage } from './releasable-storage.js';
import { ServiceCaller } from './service-caller.js';
import { StorageRelease } from './storage-release.js';

@Controller()
export class StorageConfigGet {
  constructor(
    private readonly callers: ServiceCaller,
    private readonly storages: ReleasableStorage,
    private readonly access: StorageAccess,
    private readonly release: StorageRelease,
  ) {}

  @OnServiceRequest('storage.config.get')
  async handle(@Payload(MESSAGE) question: GetStorageConfig, @Ctx() context: MessageContext): Promise<SignedReply> {
    const caller = this.callers.authorize('storage.config.get', question, context);
    const { organization_id: tenant, storage_config_id: id, purpose } = question;
    const config = await (purpose === 'write' ? this.storages.toWrite(tenant, id) : this.storages.toRead(tenant, id));
    return this.release.to(caller, config, tenant, this.access.locationOf(config, tenant), context);
  }
}
