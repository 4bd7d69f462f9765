import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { GetDefaultStorage, type SignedReply } from '@stowage/contracts';
import { MessageContext, OnServiceRequest } from '@stowage/messaging/nest';
import { MESSAGE } from '../validation/message-pipe.js';
import { DefaultStorageCache } from './default-storage-cache.js';
import { ServiceCaller } from './service-caller.js';
import { StorageRelease } from './storage-release.js';

@Controller()
export class StorageDefaultGet {
  constructor(
    private readonly callers: ServiceCaller,
    private readonly storages: DefaultStorageCache,
    private readonly release: StorageRelease,
  ) {}

  @OnServiceRequest('storage.default.get')
  async handle(@Payload(MESSAGE) question: GetDefaultStorage, @Ctx() context: MessageContext): Promise<SignedReply> {
    const caller = this.callers.authorize('storage.default.get', question, context);
    const { config, location } = await this.storages.get(question.organization_id);
    return this.release.to(caller, config, question.organization_id, location, context);
  }
}
