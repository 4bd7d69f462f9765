import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StorageCommand } from '@stowage/contracts';
import { MessageContext, OnCommand } from '@stowage/messaging/nest';
import { OperationsService } from '../operations/operations.service.js';
import { CommandIntake } from './command-intake.js';

@Controller()
export class UsageRefreshCommand {
  constructor(
    private readonly intake: CommandIntake,
    private readonly operations: OperationsService,
  ) {}

  @OnCommand('storage.usage.refresh')
  async receive(@Payload() body: unknown, @Ctx() context: MessageContext): Promise<void> {
    const { data, envelope } = await this.intake.accept('storage.usage.refresh', StorageCommand, body, context);
    await this.operations.enqueue({
      kind: 'storage.usage.refresh',
      organizationId: data.organization_id,
      storageConfigId: data.storage_config_id,
      ...envelope,
    });
  }
}
