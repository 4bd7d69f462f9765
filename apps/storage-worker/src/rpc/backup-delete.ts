import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { type GatewayBackupDelete, type Operation, StowageError } from '@stowage/contracts';
import { BackupEntity, toOperation } from '@stowage/entities';
import { MessageContext, OnGatewayRequest } from '@stowage/messaging/nest';
import { DataSource } from 'typeorm';
import { OperationsService } from '../operations/operations.service.js';
import { recordAudit } from '../writes/audit.js';
import { RequestOutcomes } from '../writes/request-outcomes.js';
import { writeContextOf } from './gateway-context.js';

@Controller()
export class BackupDelete {
  constructor(
    private readonly outcomes: RequestOutcomes,
    private readonly operations: OperationsService,
    private readonly dataSource: DataSource,
  ) {}

  @OnGatewayRequest('backup.delete')
  handle(@Payload() request: GatewayBackupDelete, @Ctx() context: MessageContext): Promise<Operation> {
    return this.outcomes.onceAndRecorded(request.request_id, () => this.queue(request, context));
  }

  private async queue(request: GatewayBackupDelete, context: MessageContext): Promise<Operation> {
    const backup = await this.find(request);
    const { actor, ip, traceparent } = writeContextOf(request, context);
    const { organizationId, storageConfigId } = backup;
    const { id } = await this.operations.enqueue({
      kind: 'backup.delete',
      organizationId,
      storageConfigId,
      payload: { backup_id: backup.id },
      callerId: 'gateway',
      messageId: request.request_id,
      correlationId: request.request_id,
      traceparent,
    });
    const detail = { backup_id: backup.id, operation_id: id };
    const act = { organizationId, storageConfigId, actor, ip, action: 'backup.delete', detail };
    await this.dataSource.transaction((manager) => recordAudit(manager, act));
    return toOperation(await this.operations.get(id));
  }

  private async find({ backup_id: id, organization_id }: GatewayBackupDelete): Promise<BackupEntity> {
    const organizationId = organization_id ?? undefined;
    const backup = await this.dataSource.manager.findOneBy(BackupEntity, { id, organizationId });
    if (backup?.state === 'completed') return backup;
    if (backup?.state === 'running') {
      throw new StowageError('storage.backup_running', 'This backup is still running. Delete it when it has ended.');
    }
    throw new StowageError('request.not_found', 'Not found.');
  }
}
