import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { GatewayUpdate, type StorageConfig } from '@stowage/contracts';
import { MessageContext, OnGatewayRequest } from '@stowage/messaging/nest';
import { ConfigUpdate } from '../storage-configs/update-config.js';
import { MESSAGE } from '../validation/message-pipe.js';
import { RequestOutcomes } from '../writes/request-outcomes.js';
import { writeContextOf } from './gateway-context.js';

@Controller()
export class StorageUpdate {
  constructor(
    private readonly outcomes: RequestOutcomes,
    private readonly update: ConfigUpdate,
  ) {}

  @OnGatewayRequest('storage.update')
  handle(@Payload(MESSAGE) request: GatewayUpdate, @Ctx() context: MessageContext): Promise<StorageConfig> {
    const { organization_id, storage_config_id, if_version, config, credentials } = request;
    const address = { organizationId: organization_id, storageConfigId: storage_config_id, ifVersion: if_version };
    return this.outcomes.once(request, () =>
      this.update.update({ ...address, config, credentials }, writeContextOf(request, context)),
    );
  }
}
