import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { GatewayBackupDelete, type Operation, StowageError } from '@stowage/contracts';
import { BackupEntity, toOperation } from '@stowage/entities';
import { MessageContext, OnGatewayRequest } from '@stowage/messaging/nest';
import { OperationsService } from '../operations/operations.service.js';
import { MESSAGE } from '../validation/message-pipe.js';
import { recordAudit } from '../writes/audit.js';
import { RequestOutcomes } from '../writes/request-outcomes.js';
import { writeContextOf } from './gateway-context.js';
import { Tenants } from '../tenants/tenants.js';

@Controller()
export class BackupDelete {
  constructor(
    private readonly outcomes: RequestOutcomes,
    private readonly operations: OperationsService,
    private readonly tenants: Tenants,
  ) {}

  @OnGatewayRequest('backup.delete')
  handle(@Payload(MESSAGE) request: GatewayBackupDelete, @Ctx() context: MessageContext): Promise<Operation> {
    return this.outcomes.onceAndRecorded(request, () => this.queue(request, context));
  }

  private async queue(request: GatewayBackupDelete, context: MessageContext): Promise<Operation> {
    const backup = await this.find(request);
    const { actor, ip, trace } = writeContextOf(request, context);
    const { organizationId, storageConfigId } = backup;
    const { id } = await this.operations.enqueue({
      kind: 'backup.delete',
      organizationId,
      storageConfigId,
      payload: { backup_id: backup.id },
      callerId: 'gateway',
      messageId: request.request_id,
      correlationId: request.request_id,
      trace,
    });
    const detail = { backup_id: backup.id, operation_id: id };
    const act = { organizationId, storageConfigId, actor, ip, action: 'backup.delete', detail };
    await this.tenants.run(organizationId, (manager) => recordAudit(manager, act));
    return toOperation(await this.operations.get(id));
  }

  /** Each backup is an organization's; the platform has none of its own. */
  private async find({ backup_id: id, organization_id: organizationId }: GatewayBackupDelete): Promise<BackupEntity> {
    const backup =
      organizationId === null
        ? null
        : await this.tenants.run(organizationId, (manager) => manager.findOneBy(BackupEntity, { id, organizationId }));
    if (backup?.state === 'completed') return backup;
    if (backup?.state === 'running') {
      throw new StowageError('storage.backup_running', 'This backup is still running. Delete it when it has ended.');
    }
    throw new StowageError('request.not_found', 'Not found.');
  }
}
