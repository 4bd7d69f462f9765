import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { GatewayOfConfig } from '@stowage/contracts';
import { MessageContext, OnGatewayRequest } from '@stowage/messaging/nest';
import { ConfigDeletion } from '../storage-configs/delete-config.js';
import { MESSAGE } from '../validation/message-pipe.js';
import { RequestOutcomes } from '../writes/request-outcomes.js';
import { writeContextOf } from './gateway-context.js';

@Controller()
export class StorageDelete {
  constructor(
    private readonly outcomes: RequestOutcomes,
    private readonly deletion: ConfigDeletion,
  ) {}

  @OnGatewayRequest('storage.delete')
  handle(@Payload(MESSAGE) request: GatewayOfConfig, @Ctx() context: MessageContext): Promise<void> {
    const { organization_id, storage_config_id, if_version } = request;
    const address = { organizationId: organization_id, storageConfigId: storage_config_id, ifVersion: if_version };
    return this.outcomes.once(request, () => this.deletion.delete(address, writeContextOf(request, context)));
  }
}
