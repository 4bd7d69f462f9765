import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { GatewayOperationCancel, type Operation } from '@stowage/contracts';
import { toOperation } from '@stowage/entities';
import { MessageContext, OnGatewayRequest } from '@stowage/messaging/nest';
import { OperationsService } from '../operations/operations.service.js';
import { MESSAGE } from '../validation/message-pipe.js';
import { recordAudit } from '../writes/audit.js';
import { RequestOutcomes } from '../writes/request-outcomes.js';
import { writeContextOf } from './gateway-context.js';
import { Tenants } from '../tenants/tenants.js';

@Controller()
export class OperationCancel {
  constructor(
    private readonly outcomes: RequestOutcomes,
    private readonly operations: OperationsService,
    private readonly tenants: Tenants,
  ) {}

  @OnGatewayRequest('operation.cancel')
  handle(@Payload(MESSAGE) request: GatewayOperationCancel, @Ctx() context: MessageContext): Promise<Operation> {
    const { actor, ip } = writeContextOf(request, context);
    return this.outcomes.onceAndRecorded(request, async () => {
      const operation = await this.operations.cancel(request.operation_id, request.organization_id);
      const act = {
        organizationId: operation.organizationId,
        storageConfigId: operation.storageConfigId,
        actor,
        ip,
        action: 'operation.cancel',
        detail: { operation_id: operation.id, kind: operation.kind },
      };
      await this.tenants.run(operation.organizationId, (manager) => recordAudit(manager, act));
      return toOperation(operation);
    });
  }
}
