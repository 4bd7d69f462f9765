import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { GatewayOfConfig, type Operation, traceContextOf } from '@stowage/contracts';
import { toOperation } from '@stowage/entities';
import { MessageContext, OnGatewayRequest } from '@stowage/messaging/nest';
import { OperationsService } from '../operations/operations.service.js';
import { MESSAGE } from '../validation/message-pipe.js';
import { RequestOutcomes } from '../writes/request-outcomes.js';

@Controller()
export class StorageUsageRefresh {
  constructor(
    private readonly outcomes: RequestOutcomes,
    private readonly operations: OperationsService,
  ) {}

  @OnGatewayRequest('storage.usage.refresh')
  handle(@Payload(MESSAGE) request: GatewayOfConfig, @Ctx() { envelope }: MessageContext): Promise<Operation> {
    return this.outcomes.onceAndRecorded(request, async () => {
      const { id } = await this.operations.enqueue({
        kind: 'storage.usage.refresh',
        organizationId: request.organization_id,
        storageConfigId: request.storage_config_id,
        callerId: 'gateway',
        messageId: request.request_id,
        correlationId: request.request_id,
        trace: traceContextOf(envelope.headers),
      });
      return toOperation(await this.operations.get(id));
    });
  }
}
