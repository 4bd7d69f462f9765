import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { GatewayCreate, type StorageConfig } from '@stowage/contracts';
import { MessageContext, OnGatewayRequest } from '@stowage/messaging/nest';
import { ConfigCreation } from '../storage-configs/create-config.js';
import { MESSAGE } from '../validation/message-pipe.js';
import { RequestOutcomes } from '../writes/request-outcomes.js';
import { writeContextOf } from './gateway-context.js';

@Controller()
export class StorageCreate {
  constructor(
    private readonly outcomes: RequestOutcomes,
    private readonly creation: ConfigCreation,
  ) {}

  @OnGatewayRequest('storage.create')
  handle(@Payload(MESSAGE) request: GatewayCreate, @Ctx() context: MessageContext): Promise<StorageConfig> {
    const { organization_id: organizationId, idempotency_key: idempotencyKey, config, credentials } = request;
    return this.outcomes.once(request, () =>
      this.creation.create({ organizationId, idempotencyKey, config, credentials }, writeContextOf(request, context)),
    );
  }
}
